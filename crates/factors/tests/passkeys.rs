//! Passkeys: made, used, and refused.

use factors::{Begun, MAX_ANSWER, Passkey, Passkeys, Refused, SignedIn, Unfit, UserHandle, claimed};
use serde_json::{Value, json};
use test_authenticator::TestAuthenticator;
use time_and_chance::SeededChance;
use url::Url;

const ORIGIN: &str = "https://login.example.com:8443";

/// A site, and Ana with a device in front of it.
struct Story {
    passkeys: Passkeys,
    device: TestAuthenticator,
    handle: UserHandle,
}

fn passkeys_of(url: &str) -> Result<Passkeys, Unfit> {
    Passkeys::new(&Url::parse(url).expect("an address"), "Acme")
}

fn story() -> Story {
    Story {
        passkeys: passkeys_of(&format!("{ORIGIN}/some/path?q#f")).expect("fit"),
        device: TestAuthenticator::at(ORIGIN),
        handle: UserHandle::new(&SeededChance::new(1)),
    }
}

impl Story {
    fn begin(&self, already: &[Passkey]) -> Begun {
        self.passkeys.begin_registration("person_ana", &self.handle, "ana@example.com", "Ana", already)
    }

    fn try_to_register(&mut self) -> Result<Passkey, Refused> {
        let begun = self.begin(&[]);
        let answer = self.device.create(&begun.options);
        self.passkeys.finish_registration("person_ana", &begun.state, answer.as_bytes())
    }

    fn register(&mut self) -> Passkey {
        self.try_to_register().expect("a passkey")
    }

    fn sign_in(&mut self, of: &[Passkey]) -> Result<SignedIn, Refused> {
        let begun = self.passkeys.begin_sign_in(of).expect("there are some");
        let answer = self.device.get(&begun.options);
        self.passkeys.finish_sign_in(of, &begun.state, answer.as_bytes())
    }

    fn sign_in_without_name(&mut self, of: &Passkey) -> Result<SignedIn, Refused> {
        let begun = self.passkeys.begin_discoverable_sign_in();
        let answer = self.device.get(&begun.options);
        self.passkeys.finish_discoverable_sign_in(of, &begun.state, answer.as_bytes())
    }
}

fn refused<T>(result: Result<T, Refused>) -> Option<Refused> {
    result.err()
}

/// What a device is asked for, of either kind.
fn options(begun: &Begun) -> Value {
    serde_json::from_str::<Value>(&begun.options).expect("JSON")["publicKey"].take()
}

/// What a device does wrong, and what comes of it, when a passkey is made and when it is used.
type Wrong = (&'static str, fn(&mut TestAuthenticator), Refused);

const WRONGS: [Wrong; 8] = [
    ("another host", |d| d.origin = "https://login.example.org:8443".into(), Refused::AnotherOrigin),
    ("a subdomain", |d| d.origin = "https://evil.login.example.com:8443".into(), Refused::AnotherOrigin),
    ("another port", |d| d.origin = "https://login.example.com".into(), Refused::AnotherOrigin),
    ("without TLS", |d| d.origin = "http://login.example.com:8443".into(), Refused::AnotherOrigin),
    ("another site's key", |d| d.habits.site = Some("example.com".into()), Refused::AnotherSite),
    ("in a frame", |d| d.habits.framed = true, Refused::Framed),
    ("nobody there", |d| d.habits.present = false, Refused::NotPresent),
    ("nobody verified", |d| d.habits.verifies = false, Refused::NotVerified),
];

#[test]
fn a_passkey_is_made_and_signs_in_and_its_counter_is_kept() {
    let mut story = story();
    let passkey = story.register();
    assert_eq!(passkey.user_handle(), &story.handle);
    assert_eq!((passkey.counter(), passkey.is_synced()), (0, false));
    let signed_in = story.sign_in(std::slice::from_ref(&passkey)).unwrap();
    assert_eq!(signed_in.passkey.credential_id(), passkey.credential_id());
    assert_eq!((signed_in.passkey.counter(), signed_in.changed), (1, true));
    let again = story.sign_in(&[signed_in.passkey]).unwrap();
    assert_eq!(again.passkey.counter(), 2);
}

#[test]
fn whoever_does_not_say_a_name_is_found_by_what_the_device_says() {
    let mut story = story();
    let passkey = story.register();
    let begun = story.passkeys.begin_discoverable_sign_in();
    assert_eq!(options(&begun)["allowCredentials"], json!([]));
    let answer = story.device.get(&begun.options);
    let said = claimed(answer.as_bytes()).unwrap();
    assert_eq!((&said.user_handle, said.credential_id.as_slice()), (&story.handle, passkey.credential_id()));
    let signed_in =
        story.passkeys.finish_discoverable_sign_in(&passkey, &begun.state, answer.as_bytes()).unwrap();
    assert_eq!(signed_in.passkey.credential_id(), passkey.credential_id());
}

#[test]
fn a_new_passkey_must_be_found_by_the_device_and_verify_its_user_and_attests_to_nothing() {
    let story = story();
    let asked = options(&story.begin(&[]));
    assert_eq!(asked["rp"], json!({ "name": "Acme", "id": "login.example.com" }));
    assert_eq!(asked["user"]["name"], "ana@example.com");
    assert_eq!(asked["user"]["displayName"], "Ana");
    assert_eq!(asked["attestation"], "none");
    assert_eq!(
        asked["authenticatorSelection"],
        json!({ "residentKey": "required", "requireResidentKey": true, "userVerification": "required" })
    );
    assert_eq!(asked["extensions"]["credentialProtectionPolicy"], "userVerificationRequired");
    assert_eq!(asked["challenge"].as_str().unwrap().len(), 43);
}

#[test]
fn a_sign_in_asks_for_the_persons_passkeys_and_verification() {
    let mut story = story();
    let passkey = story.register();
    let known = options(&story.passkeys.begin_sign_in(std::slice::from_ref(&passkey)).unwrap());
    assert_eq!(known["userVerification"], "required");
    assert_eq!(known["rpId"], "login.example.com");
    assert_eq!(known["allowCredentials"].as_array().unwrap().len(), 1);
    assert_eq!(options(&story.passkeys.begin_discoverable_sign_in())["userVerification"], "required");
    assert!(story.passkeys.begin_sign_in(&[]).is_none(), "an empty list would mean any passkey");
}

#[test]
fn what_is_wrong_with_a_new_passkey_is_noticed() {
    for (what, go_wrong, why) in WRONGS {
        let mut story = story();
        go_wrong(&mut story.device);
        assert_eq!(refused(story.try_to_register()), Some(why), "{what}");
    }
}

#[test]
fn what_is_wrong_with_a_passkey_that_is_used_is_noticed() {
    for (what, go_wrong, why) in WRONGS {
        let mut story = story();
        let passkey = story.register();
        go_wrong(&mut story.device);
        assert_eq!(refused(story.sign_in(std::slice::from_ref(&passkey))), Some(why), "{what}");
        assert_eq!(refused(story.sign_in_without_name(&passkey)), Some(why), "{what}, without a name");
    }
}

#[test]
fn an_answer_to_another_challenge_is_refused() {
    let mut story = story();
    let (first, second) = (story.begin(&[]), story.begin(&[]));
    assert_ne!(options(&first)["challenge"], options(&second)["challenge"]);
    let answer = story.device.create(&first.options);
    let finish = |state: &[u8]| story.passkeys.finish_registration("person_ana", state, answer.as_bytes());
    assert_eq!(refused(finish(&second.state)), Some(Refused::AnotherChallenge));
    let passkeys = [finish(&first.state).unwrap()];

    let begin = || story.passkeys.begin_sign_in(&passkeys).unwrap();
    let (first, second) = (begin(), begin());
    let answer = story.device.get(&first.options);
    let finish = |state: &[u8]| story.passkeys.finish_sign_in(&passkeys, state, answer.as_bytes());
    assert_eq!(refused(finish(&second.state)), Some(Refused::AnotherChallenge));
    assert!(finish(&first.state).is_ok());

    let (first, second) =
        (story.passkeys.begin_discoverable_sign_in(), story.passkeys.begin_discoverable_sign_in());
    let answer = story.device.get(&first.options);
    let finish =
        |state: &[u8]| story.passkeys.finish_discoverable_sign_in(&passkeys[0], state, answer.as_bytes());
    assert_eq!(refused(finish(&second.state)), Some(Refused::AnotherChallenge));
    assert!(finish(&first.state).is_ok());
}

#[test]
fn what_was_begun_as_one_thing_or_for_one_person_is_not_finished_as_another() {
    let mut story = story();
    let passkeys = [story.register()];
    let registration = story.begin(&[]);
    let sign_in = story.passkeys.begin_sign_in(&passkeys).unwrap();
    let discoverable = story.passkeys.begin_discoverable_sign_in();
    let made = story.device.create(&registration.options);
    let used = story.device.get(&sign_in.options);
    let finish =
        |person: &str, state: &[u8]| story.passkeys.finish_registration(person, state, made.as_bytes());
    assert_eq!(refused(finish("person_ben", &registration.state)), Some(Refused::NotBegun));
    for state in [&sign_in.state, &discoverable.state, &b"{}".to_vec(), &Vec::new()] {
        assert_eq!(refused(finish("person_ana", state)), Some(Refused::NotBegun));
    }
    let finish = |state: &[u8]| story.passkeys.finish_sign_in(&passkeys, state, used.as_bytes());
    assert_eq!(refused(finish(&registration.state)), Some(Refused::NotBegun));
    assert_eq!(refused(finish(&discoverable.state)), Some(Refused::NotBegun));
    let finish =
        |state: &[u8]| story.passkeys.finish_discoverable_sign_in(&passkeys[0], state, used.as_bytes());
    assert_eq!(refused(finish(&sign_in.state)), Some(Refused::NotBegun));
}

#[test]
fn another_persons_passkey_is_refused() {
    let mut ana = story();
    let mut ben = story();
    ben.handle = UserHandle::new(&SeededChance::new(2));
    let (of_ana, of_ben) = (ana.register(), ben.register());

    // Ben answers what Ana was asked, with his own.
    ben.device.habits.ignores_list = true;
    let begun = ana.passkeys.begin_sign_in(std::slice::from_ref(&of_ana)).unwrap();
    let answer = ben.device.get(&begun.options);
    let finish = |of: &[Passkey]| ana.passkeys.finish_sign_in(of, &begun.state, answer.as_bytes());
    assert_eq!(refused(finish(std::slice::from_ref(&of_ana))), Some(Refused::UnknownPasskey));
    assert_eq!(
        refused(finish(&[of_ana.clone(), of_ben.clone()])),
        Some(Refused::UnknownPasskey),
        "not asked for"
    );

    // Ben's device says Ben, and the caller looks up Ana.
    let begun = ana.passkeys.begin_discoverable_sign_in();
    let answer = ben.device.get(&begun.options);
    let finish = |of: &Passkey| ana.passkeys.finish_discoverable_sign_in(of, &begun.state, answer.as_bytes());
    assert_eq!(refused(finish(&of_ana)), Some(Refused::AnotherPerson));
    assert!(finish(&of_ben).is_ok());

    // Ben says that he is Ana, and has changed nothing else; then the passkey's id too.
    let mut lie: Value = serde_json::from_str(&answer).unwrap();
    let begun_as = |lie: &Value| {
        ana.passkeys.finish_discoverable_sign_in(&of_ana, &begun.state, lie.to_string().as_bytes())
    };
    lie["response"]["userHandle"] =
        serde_json::from_slice::<Value>(&of_ana.to_json()).unwrap()["user_handle"].take();
    assert_eq!(refused(begun_as(&lie)), Some(Refused::UnknownPasskey));
    lie["rawId"] =
        serde_json::from_slice::<Value>(&of_ana.to_json()).unwrap()["credential"]["cred_id"].take();
    assert_eq!(refused(begun_as(&lie)), Some(Refused::BadSignature));
}

#[test]
fn a_device_that_does_not_say_whose_passkey_it_is_signs_in_only_who_said_so() {
    let mut story = story();
    let passkey = story.register();
    story.device.habits.tells_handle = false;
    assert!(story.sign_in(std::slice::from_ref(&passkey)).is_ok());
    assert_eq!(refused(story.sign_in_without_name(&passkey)), Some(Refused::AnotherPerson));
}

#[test]
fn a_device_that_says_somebody_else_does_not_sign_in_who_said_a_name() {
    let mut story = story();
    let passkeys = [story.register()];
    let begun = story.passkeys.begin_sign_in(&passkeys).unwrap();
    let mut answer: Value = serde_json::from_str(&story.device.get(&begun.options)).unwrap();
    answer["response"]["userHandle"] = json!("AAAAAAAAAAAAAAAAAAAAAA");
    let finished = story.passkeys.finish_sign_in(&passkeys, &begun.state, answer.to_string().as_bytes());
    assert_eq!(refused(finished), Some(Refused::AnotherPerson));
}

#[test]
fn a_passkey_that_was_taken_away_meanwhile_does_not_sign_in() {
    let mut story = story();
    let (taken, left) = (story.register(), story.register());
    let begun = story.passkeys.begin_sign_in(std::slice::from_ref(&taken)).unwrap();
    let answer = story.device.get(&begun.options);
    let finished = story.passkeys.finish_sign_in(&[left], &begun.state, answer.as_bytes());
    assert_eq!(refused(finished), Some(Refused::UnknownPasskey));
}

#[test]
fn a_counter_that_stands_still_or_goes_back_is_the_sign_of_a_copy() {
    let mut story = story();
    story.device.counter = 10;
    let passkeys = [story.register()];
    let passkeys = [story.sign_in(&passkeys).unwrap().passkey];
    for counter in [10, 5] {
        story.device.counter = counter;
        assert_eq!(refused(story.sign_in(&passkeys)), Some(Refused::CounterWentBack), "{counter}");
    }
    story.device.counter = 0;
    story.device.habits.counts_by = 0;
    assert_eq!(refused(story.sign_in(&passkeys)), Some(Refused::CounterWentBack), "no longer counted");
    story.device.counter = 12;
    assert_eq!(story.sign_in(&passkeys).unwrap().passkey.counter(), 12);
}

#[test]
fn a_synced_passkey_does_not_count_and_signs_in_every_time() {
    let mut story = story();
    story.device.habits.synced = true;
    let passkey = story.register();
    assert!(passkey.is_synced());
    for _ in 0..3 {
        let signed_in = story.sign_in(std::slice::from_ref(&passkey)).unwrap();
        assert_eq!((signed_in.passkey.counter(), signed_in.changed), (0, false));
    }
}

#[test]
fn whether_a_passkey_may_be_on_several_devices_never_changes() {
    for synced in [false, true] {
        let mut story = story();
        story.device.habits.synced = synced;
        let passkey = story.register();
        story.device.habits.synced = !synced;
        assert_eq!(refused(story.sign_in(&[passkey])), Some(Refused::KindChanged), "{synced}");
    }
}

#[test]
fn one_device_is_registered_once() {
    let mut story = story();
    let passkey = story.register();
    let begun = story.begin(std::slice::from_ref(&passkey));
    let listed = &options(&begun)["excludeCredentials"];
    let id = serde_json::from_slice::<Value>(&passkey.to_json()).unwrap()["credential"]["cred_id"].take();
    assert_eq!(listed, &json!([{ "type": "public-key", "id": id }]));
    // A device that registers it all the same, with an answer to the new challenge.
    let begun = story.begin(&[]);
    let answer = story.device.create(&begun.options);
    let made = story.passkeys.finish_registration("person_ana", &begun.state, answer.as_bytes()).unwrap();
    let mut state: Value = serde_json::from_slice(&begun.state).unwrap();
    let id = serde_json::from_slice::<Value>(&made.to_json()).unwrap()["credential"]["cred_id"].take();
    state["Registration"]["asked"]["exclude_credentials"] = json!([id]);
    let finished =
        story.passkeys.finish_registration("person_ana", state.to_string().as_bytes(), answer.as_bytes());
    assert_eq!(refused(finished), Some(Refused::NotAsAsked));
}

#[test]
fn a_signature_that_was_changed_is_refused() {
    let mut story = story();
    let passkeys = [story.register()];
    let begun = story.passkeys.begin_sign_in(&passkeys).unwrap();
    let answer: Value = serde_json::from_str(&story.device.get(&begun.options)).unwrap();
    // Another answer's, and one that is none.
    let other: Value = serde_json::from_str(&story.device.get(&begun.options)).unwrap();
    for signature in [other["response"]["signature"].clone(), json!("AAAA"), json!("")] {
        let mut answer = answer.clone();
        answer["response"]["signature"] = signature;
        let finished = story.passkeys.finish_sign_in(&passkeys, &begun.state, answer.to_string().as_bytes());
        assert_eq!(refused(finished), Some(Refused::BadSignature));
    }
}

#[test]
fn an_answer_over_16_kilobytes_is_refused_before_it_is_read() {
    let mut story = story();
    let passkeys = [story.register()];
    let begun = story.passkeys.begin_sign_in(&passkeys).unwrap();
    let mut answer = story.device.get(&begun.options).into_bytes();
    answer.resize(MAX_ANSWER, b' ');
    assert!(story.passkeys.finish_sign_in(&passkeys, &begun.state, &answer).is_ok(), "as long as it may be");
    answer.push(b' ');
    let Story { passkeys: site, .. } = &story;
    assert_eq!(refused(site.finish_sign_in(&passkeys, &begun.state, &answer)), Some(Refused::TooLong));
    assert_eq!(
        refused(site.finish_discoverable_sign_in(&passkeys[0], &begun.state, &answer)),
        Some(Refused::TooLong)
    );
    assert_eq!(
        refused(site.finish_registration("person_ana", &begun.state, &answer)),
        Some(Refused::TooLong)
    );
    assert_eq!(refused(claimed(&answer)), Some(Refused::TooLong));
}

#[test]
fn a_passkey_comes_back_from_its_json_and_signs_in() {
    let mut story = story();
    let passkey = story.register();
    let kept = Passkey::from_json(&passkey.to_json()).unwrap();
    assert_eq!((kept.credential_id(), kept.user_handle()), (passkey.credential_id(), &story.handle));
    assert!(story.sign_in(&[kept]).is_ok());
    assert!(Passkey::from_json(b"{}").is_err() && Passkey::from_json(b"").is_err());
}

#[test]
fn names_may_be_empty() {
    let mut story = story();
    let begun = story.passkeys.begin_registration("person_ana", &story.handle, "", "", &[]);
    let answer = story.device.create(&begun.options);
    assert!(story.passkeys.finish_registration("person_ana", &begun.state, answer.as_bytes()).is_ok());
}

#[test]
fn a_site_needs_a_domain_and_https_but_for_this_machine() {
    for (url, why) in [
        ("https://192.0.2.1", Unfit::IpAddress),
        ("https://[2001:db8::1]:8443/", Unfit::IpAddress),
        ("http://127.0.0.1:8080", Unfit::IpAddress),
        ("http://login.example.com", Unfit::NotHttps),
        ("http://localhost.example.com", Unfit::NotHttps),
        ("data:text/plain,x", Unfit::NoHost),
    ] {
        assert_eq!(passkeys_of(url).err(), Some(why), "{url}");
    }
    for url in ["https://login.example.com", "http://localhost:8080", "http://acme.localhost"] {
        assert!(passkeys_of(url).is_ok(), "{url}");
    }
    assert!(Unfit::IpAddress.to_string().contains("IP address"));
}

#[test]
fn debug_shows_nothing_of_passkeys_and_what_is_begun() {
    let mut story = story();
    let passkeys = [story.register()];
    let begun = story.begin(&passkeys);
    let signed_in = story.sign_in(&passkeys).unwrap();
    assert_eq!(
        format!("{:?} {:?} {begun:?} {:?} {signed_in:?}", story.passkeys, passkeys, story.handle),
        "Passkeys [Passkey] Begun UserHandle SignedIn { passkey: Passkey, changed: true }"
    );
}
