//! What most journeys begin with.

use browser::{Browser, Stage};

/// The password that people choose.
pub const PASSWORD: &str = "seven mossy stones in a row";
/// The address of the first owner.
pub const ANA: &str = "ana@acme.example";

/// A stage, and a browser in which Ana has come as the first owner of Acme.
pub async fn ana_is_in() -> (Stage, Browser) {
    ana_is_in_at(Stage::set()).await
}

/// The same on this stage.
pub async fn ana_is_in_at(mut stage: Stage) -> (Stage, Browser) {
    let ana = stage.browser().await;
    ana.open(&stage.owner_link("Acme")).await;
    ana.fill("Your name", "Ana Lovelace").await;
    ana.fill("Mail address", ANA).await;
    ana.fill("Password", PASSWORD).await;
    ana.press("Go on").await;
    types_the_mailed_code(&mut stage, &ana, ANA, "Confirm").await;
    ana.sees("You are in.").await;
    // Mails are told apart by their times.
    stage.advance(1);
    (stage, ana)
}

/// Types address and password, which takes a moment: mails are told apart by their times.
pub async fn gives_the_password(stage: &mut Stage, who: &Browser, mail: &str, password: &str) {
    stage.advance(1);
    who.open("/sign-in").await;
    who.fill("Mail address", mail).await;
    who.fill("Password", password).await;
    who.press("Sign in").await;
}

/// Types the code of the last mail.
pub async fn types_the_mailed_code(stage: &mut Stage, who: &Browser, mail: &str, verb: &str) {
    who.sees("on their way to your mailbox").await;
    who.fill("Code", &stage.last_mail(mail).code()).await;
    who.press(verb).await;
}

/// Signs in by password and a mailed code.
pub async fn signs_in(stage: &mut Stage, who: &Browser, mail: &str) {
    gives_the_password(stage, who, mail, PASSWORD).await;
    types_the_mailed_code(stage, who, mail, "Sign in").await;
    who.sees("Acme").await;
}

/// What stands in the first element of these on the page.
pub async fn text_of(who: &Browser, css: &str) -> String {
    let script = "return document.querySelector(arguments[0])?.textContent.trim() ?? ''";
    let text = who.script(script, vec![css.into()]).await;
    text.as_str().expect("a text").to_owned()
}

/// The path of the page that they are on.
pub async fn here(who: &Browser) -> String {
    let path = who.script("return location.pathname", vec![]).await;
    path.as_str().expect("a path").to_owned()
}
