//! Signing in goes on after a restart and through the rotation of every key: whoever was in is in, each factor opens, and nothing
//! that has failed is forgotten.

use bailiwick::{keyring, permissions::Authority};
use test_app::{Browser, PASSWORD, Phone, TestApp};
use test_authenticator::TestAuthenticator;
use time_and_chance::Duration;

const ANA: &str = "ana@acme.example";
const BO: &str = "bo@beta.example";
const CY: &str = "cy@gamma.example";
const EVE: &str = "eve@nowhere.example";
/// Longer than any node keeps a key, and shorter than failures are counted.
const SETTLED: Duration = Duration::from_mins(6);

/// Who was there before.
struct Story<'a> {
    home: String,
    phone: Phone,
    codes: Vec<String>,
    device: TestAuthenticator,
    ana: Browser<'a>,
    invitation: String,
}

impl<'a> Story<'a> {
    async fn begin(app: &'a TestApp) -> Self {
        let (ana, home) = app.owner(ANA).await;
        let phone = ana.adds_authenticator(app.clock_now()).await;
        let codes = ana.makes_recovery_codes().await;
        let mut device = TestAuthenticator::at(&app.app.public_url);
        app.owner(BO).await.0.adds_passkey(&mut device).await;
        app.owner(CY).await;
        let invited = [("mail", "dee@acme.example"), ("role", "member")];
        ana.post(&format!("{home}/people"), &invited).await.with_status(303);
        let invitation = ana.mailed_link("dee@acme.example").await;
        app.clock.pass(Duration::from_mins(5));
        Self { home, phone, codes, device, ana, invitation }
    }

    /// Somebody guesses, as often as it takes for the guesses to teach nothing from then on.
    async fn guesses(&self, node: &TestApp) {
        for mail in [CY, EVE] {
            for turn in 0..5 {
                let stranger = node.browser().at(&format!("192.0.2.{turn}"));
                stranger.first_step(mail, "not the password").await.with_status(422);
            }
        }
        guesses_teach_nothing(node).await;
    }

    /// All of them come in by what they have.
    async fn goes_on(&mut self, node: &TestApp) {
        assert!(self.ana.on(node).is_in().await, "the cookie");
        self.ana.on(node).get(&format!("{}/people", self.home)).await.with_status(200);
        assert_eq!(self.ana.on(node).get("/v1/session").await.with_status(200).json["person"]["mail"], ANA);
        let code = self.codes.pop().expect("one is left");
        let browser = node.browser();
        browser.first_step(ANA, PASSWORD).await.with_status(303);
        browser.types_code(&code).await.with_status(303);
        assert!(browser.is_in().await, "a recovery code");
        let again = node.browser();
        again.first_step(ANA, PASSWORD).await.with_status(303);
        again.types_code(&code).await.with_status(422);
        // A code of the app counts once, so it is the next one's time.
        node.clock.pass(Duration::from_secs(31));
        let shown = self.phone.code(node.clock_now());
        again.types_code(&shown).await.with_status(303);
        assert!(again.is_in().await, "the authenticator");
        let by_passkey = node.browser();
        by_passkey.shows_passkey(&mut self.device, &[("purpose", "sign_in")]).await.with_status(200);
        assert!(by_passkey.is_in().await, "the passkey");
        let page = node.browser().get(&self.invitation).await.with_status(200);
        assert!(page.text.contains("Acme"), "the invitation");
    }
}

/// Right and wrong are answered alike, for whoever is there and for nobody.
async fn guesses_teach_nothing(node: &TestApp) {
    for mail in [CY, EVE] {
        let stranger = node.browser().at("198.51.100.7");
        stranger.first_step(mail, "not the password").await.with_status(303);
    }
}

async fn after_a_new_start(app: &TestApp, story: &mut Story<'_>) {
    let node = app.second_node().await;
    story.goes_on(&node).await;
    guesses_teach_nothing(&node).await;
    node.work_off().await;
    node.end_node().await;
}

/// What has begun to be rotated is so at last; everybody comes in from its begin to its end, and afterwards.
async fn goes_on_until_it_is_rotated(app: &TestApp, story: &mut Story<'_>) {
    story.goes_on(app).await;
    guesses_teach_nothing(app).await;
    for _ in 0..3 {
        app.work_off().await;
        app.clock.pass(SETTLED);
        story.goes_on(app).await;
    }
    let shown = app.app.vault.show(&app.app.db).await.expect("it answers");
    assert_eq!(shown.rotating, Vec::<String>::new());
    after_a_new_start(app, story).await;
}

#[tokio::test]
async fn everybody_comes_in_after_a_restart_and_failures_count_on() {
    let app = TestApp::start().await;
    let mut story = Story::begin(&app).await;
    story.guesses(&app).await;
    after_a_new_start(&app, &mut story).await;
    let cy = app.browser();
    cy.sign_in(CY, PASSWORD).await.with_status(200);
    assert!(cy.is_in().await, "the right ones still open");
    app.over().await;
}

#[tokio::test]
async fn everybody_comes_in_while_and_after_the_root_is_rotated() {
    let app = TestApp::start().await;
    let mut story = Story::begin(&app).await;
    story.guesses(&app).await;
    keyring::rotate_root(&app.app, &Authority::on_this_machine(), None).await.expect("it is rotated");
    story.goes_on(&app).await;
    app.work_off().await;
    story.goes_on(&app).await;
    after_a_new_start(&app, &mut story).await;
    app.end().await;
}

#[tokio::test]
async fn everybody_comes_in_while_and_after_the_key_of_a_workspace_is_rotated() {
    let app = TestApp::start().await;
    let mut story = Story::begin(&app).await;
    story.guesses(&app).await;
    let workspace = story.home.trim_start_matches("/w/").parse().expect("an id");
    let by = Authority::on_this_machine();
    keyring::rotate_workspace(&app.app, &by, &workspace).await.expect("it begins");
    goes_on_until_it_is_rotated(&app, &mut story).await;
    app.end().await;
}

#[tokio::test]
async fn everybody_comes_in_while_and_after_the_index_is_rotated() {
    let app = TestApp::start().await;
    let mut story = Story::begin(&app).await;
    story.guesses(&app).await;
    keyring::rotate_index(&app.app, &Authority::on_this_machine()).await.expect("it begins");
    goes_on_until_it_is_rotated(&app, &mut story).await;
    app.end().await;
}
