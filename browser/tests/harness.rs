//! The harness itself: that it does what a person would, and that it finds what is wrong with a page.

mod pages;

use std::{fs, thread};

use browser::{Browser, Chromedriver};
use pages::Pages;

/// A page that nothing is wrong with.
const GOOD: &str = "<h1>Keys</h1><p>All is well.</p>";

#[tokio::test]
async fn a_person_fills_ticks_chooses_and_presses_by_the_names_on_the_page() {
    let (_driver, ana, _pages) = at(&[(
        "/",
        "<h1>Sign in</h1><form action=/done><p><label for=mail>Mail address</label> <input id=mail name=mail></p>
         <p><label>Stay <input type=checkbox name=stay></label></p>
         <p><label>Role <select name=role><option>Member</option><option>Owner</option></select></label></p>
         <button>Go <b>on</b></button></form>",
    ), ("/done", "<h1>Done</h1><script>document.querySelector('h1').append(' ' + location.search)</script>")])
    .await;
    ana.open("/").await;
    ana.fill("Mail address", "somebody").await;
    ana.fill("Mail address", "ana").await;
    assert_eq!(ana.reads("Mail address").await, "ana");
    ana.tick("Stay").await;
    ana.choose("Role", "Owner").await;
    ana.press("Go on").await;
    ana.is_at("/done").await;
    ana.sees("Done ?mail=ana&stay=on&role=Owner").await;
    assert_eq!(ana.title().await, "A page");
    ana.leave().await;
}

#[tokio::test]
async fn of_several_of_a_name_a_person_presses_the_one_beside_a_text() {
    let row = |name: &str| {
        format!("<li><b>{name}</b> <button onclick=\"this.after(' {name} is gone')\">Revoke</button></li>")
    };
    let page = format!("<h1>Tokens</h1><section><ul>{}{}</ul></section>", row("first"), row("second"));
    let (_driver, ana, _pages) = at(&[("/", &page)]).await;
    ana.open("/").await;
    ana.press_beside("second", "Revoke").await;
    ana.sees("second is gone").await;
    ana.sees_no("first is gone").await;
    ana.leave().await;
}

#[tokio::test]
async fn a_page_can_be_used_from_the_keyboard() {
    let page =
        "<h1>Names</h1><form action=/done><p><label>Name <input name=name></label> <a href=/>Back</a></p>
                <button>Save</button></form>";
    let (_driver, ana, _pages) = at(&[("/", page), ("/done", GOOD)]).await;
    ana.open("/").await;
    ana.tab().await;
    ana.focus_is_on("Name").await;
    ana.types("Ana").await;
    ana.tab().await;
    ana.focus_is_on("Back").await;
    ana.tab().await;
    ana.tab_back().await;
    ana.focus_is_on("Back").await;
    ana.tab().await;
    ana.enter().await;
    ana.sees("All is well.").await;
    ana.leave().await;
}

#[tokio::test]
async fn two_people_share_nothing() {
    let page = "<h1>Hello</h1><p></p><script>
        document.querySelector('p').textContent = document.cookie || 'a stranger'; document.cookie = 'known=1';</script>";
    let (driver, ana, pages) = at(&[("/", page)]).await;
    let bo = Browser::start(&driver, &pages.url).await;
    ana.open("/").await;
    ana.sees("a stranger").await;
    ana.reload().await;
    ana.sees("known=1").await;
    bo.open("/").await;
    bo.sees("a stranger").await;
    ana.leave().await;
    bo.leave().await;
}

#[tokio::test]
async fn a_passkey_is_made_used_listed_and_lost() {
    let (_driver, ana, _pages) = at(&[("/", include_str!("pages/passkey.html"))]).await;
    ana.open("/").await;
    let device = ana.gets_a_passkey_device().await;
    ana.press("Make").await;
    ana.sees("made for localhost").await;
    let kept = device.passkeys().await;
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].rp_id.as_str(), kept[0].is_resident_credential), ("localhost", true));

    ana.press("Use").await;
    ana.sees("used once, verified: true").await;
    assert!(device.passkeys().await[0].sign_count > kept[0].sign_count);

    device.knows_the_person(false).await;
    ana.press("Use").await;
    ana.sees("refused: NotAllowedError").await;
    device.knows_the_person(true).await;

    device.is_lost().await;
    let second = ana.gets_a_passkey_device().await;
    assert_eq!(second.passkeys().await.len(), 0);
    second.keeps(&kept[0]).await;
    ana.press("Use").await;
    ana.sees("used twice, verified: true").await;
    second.forgets(&kept[0]).await;
    assert_eq!(second.passkeys().await.len(), 0);
    ana.leave().await;
}

/// A page's path, what is on it, and what is to be said of it.
const BAD: &[(&str, &str, &str)] = &[
    ("/barrier", "<h1>Keys</h1><input>", "label: Form elements must have labels"),
    ("/contrast", "<h1>Keys</h1><p style='color:#999'>Pale.</p>", "-light-1280: color-contrast"),
    (
        "/dark",
        "<style>@media (prefers-color-scheme: dark) { p { color: #333 } body { background: #000; color: #fff } }</style>
         <h1>Keys</h1><p>Dark.</p>",
        "-dark-1280: color-contrast",
    ),
    ("/wide", "<h1>Keys</h1><p style='width:500px'>Wide.</p>", "at 390 px it scrolls sideways, by "),
    ("/error", "<h1>Keys</h1><script>throw new Error('a mistake')</script>", "a mistake"),
    ("/missing", "<h1>Keys</h1><img src=/nothing alt=Nothing>", "status of 404"),
    ("/refused", "<h1>Keys</h1><p>Give a name.</p>", "status of 422"),
    (
        "/policy",
        "<meta http-equiv=Content-Security-Policy content=\"script-src 'none'\"><h1>Keys</h1><script>1</script>",
        "Content Security Policy",
    ),
    (
        "/elsewhere",
        "<h1>Keys</h1><img src=http://127.0.0.1:9/logo.png alt=Logo>",
        "fetched from elsewhere: http://127.0.0.1:9/logo.png",
    ),
];

#[tokio::test]
async fn what_is_wrong_with_a_page_is_found() {
    let mut pages: Vec<_> = BAD.iter().map(|&(path, page, _)| (path, page)).collect();
    pages.push(("/good", GOOD));
    let (_driver, ana, _pages) = at(&pages).await;
    for &(path, _, wrong) in BAD {
        ana.open(path).await;
        let found = ana.what_is_wrong(&format!("harness{}", path.replace('/', "-"))).await;
        assert!(found.iter().any(|sentence| sentence.contains(wrong)), "{path}: {found:#?}");
    }
    ana.open("/good").await;
    ana.looks_well("harness-good", "Keys").await;
    ana.leave().await;
}

#[test]
fn no_page_goes_by_unseen_and_a_failure_leaves_a_picture() {
    let journey = async || {
        let (_driver, ana, _pages) = at(&[("/", "<h1>Keys</h1><input>"), ("/good", GOOD)]).await;
        ana.open("/").await;
        ana.open("/good").await;
    };
    let walk = move || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime")
            .block_on(journey());
    };
    // As a test of its own would, which is named by its thread.
    let walked =
        thread::Builder::new().name("harness::unseen".to_owned()).spawn(walk).expect("a thread").join();
    let said = *walked.expect_err("it fails").downcast::<String>().expect("a sentence");
    assert!(said.contains("Form elements must have labels"), "{said}");
    let (_, picture) = said.split_once("see ").expect("a picture");
    let picture = picture.lines().next().expect("its path");
    assert!(picture.ends_with("/failed-harness-unseen.png"), "{picture}");
    fs::remove_file(picture).expect("it is there");
}

#[tokio::test]
async fn an_error_that_is_expected_is_no_mistake() {
    let form = "<h1>Names</h1><form action=/refused><label>Name <input name=name></label> <button>Save</button></form>";
    let (_driver, ana, _pages) = at(&[("/", form), ("/refused", "<h1>Names</h1><p>Give a name.</p>")]).await;
    ana.open("/").await;
    ana.expects("status of 422");
    ana.press("Save").await;
    ana.sees("Give a name.").await;
    ana.looks_well("harness-refused", "Names").await;
    ana.leave().await;
}

#[tokio::test]
#[should_panic(expected = "expected of the browser's log, and not there")]
async fn an_error_that_is_expected_has_to_come() {
    let (_driver, ana, _pages) = at(&[("/", GOOD)]).await;
    ana.expects("status of 404");
    ana.open("/").await;
    ana.leave().await;
}

#[tokio::test]
async fn a_first_visit_weighs_what_comes_over_the_wire() {
    let heavy = format!("/*{}*/", "-".repeat(20_000));
    let (_driver, ana, _pages) =
        at(&[("/", "<link rel=stylesheet href=/style.css><h1>Keys</h1>"), ("/style.css", &heavy)]).await;
    ana.open("/").await;
    for _ in 0..2 {
        let weight = ana.weight_of_a_first_visit("/").await;
        assert!((20_000..22_000).contains(&weight), "{weight} bytes");
    }
    ana.leave().await;
}

/// A browser at a site of these pages.
async fn at(pages: &[(&str, &str)]) -> (Chromedriver, Browser, Pages) {
    let (driver, pages) = (Chromedriver::start(), Pages::serve(pages));
    let browser = Browser::start(&driver, &pages.url).await;
    (driver, browser, pages)
}
