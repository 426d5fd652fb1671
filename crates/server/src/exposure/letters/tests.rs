use super::*;

fn at(text: &str) -> Time {
    text.parse().unwrap()
}

fn letter(occasion: Occasion) -> LeakLetter<'static> {
    LeakLetter {
        occasion,
        vendor: "Acme",
        workspace_name: "Turbine Robotics",
        description: "deploy-bot",
        hint: "bwk_a1B2c…",
        creator: Some("Ana Lovelace"),
        created_at: at("2026-03-02T09:00:00Z"),
        last_used_at: Some(at("2026-11-23T13:58:00Z")),
        partner: "GitHub",
        source: Some("commit"),
        url: Some(
            "https://github.com/turbine/firmware/blob/4f5ad8ab0c7f7b2f9e9d1fe0c8b8f6fbc2f1f6aa/deploy.sh#L7",
        ),
        found_at: at("2026-11-23T14:02:00Z"),
        former_secret: false,
        operator_key: None,
        tokens_url: Some("https://acme.example/settings/tokens"),
    }
}

/// A key is on no page.
fn of_operator_key(occasion: Occasion) -> LeakLetter<'static> {
    let key = OperatorKey {
        id: "tok_01KAR0JYG0M40DGP2ENS8BZ5P0",
        workspace_id: "ws_01KAR0JYG0M40DGP2ENS8BZ5P1",
        scopes: "verify",
    };
    LeakLetter { operator_key: Some(key), tokens_url: None, workspace_name: "Operator", ..letter(occasion) }
}

fn deadline() -> Occasion {
    Occasion::WarnedWithDeadline(at("2026-11-24T14:02:00Z"))
}

/// The subject and the text, as a reader sees them.
fn read(letter: &LeakLetter<'_>) -> String {
    let Written { subject, text, .. } = letter.write();
    format!("Subject: {subject}\n\n{text}")
}

#[test]
fn a_revoked_token() {
    insta::assert_snapshot!(read(&letter(Occasion::Revoked)));
}

#[test]
fn a_revoked_token_as_html() {
    insta::assert_snapshot!(letter(Occasion::Revoked).write().html);
}

#[test]
fn a_warning() {
    insta::assert_snapshot!(read(&letter(Occasion::Warned)));
}

#[test]
fn a_warning_with_a_deadline() {
    insta::assert_snapshot!(read(&letter(deadline())));
}

#[test]
fn the_end_of_the_grace() {
    insta::assert_snapshot!(read(&letter(Occasion::GraceEnded)));
}

#[test]
fn a_token_of_which_little_is_known() {
    let little = LeakLetter {
        creator: None,
        last_used_at: None,
        partner: "GitLab",
        source: None,
        url: Some(""),
        ..letter(Occasion::Revoked)
    };
    insta::assert_snapshot!(read(&little));
}

#[test]
fn a_kind_of_place_that_nobody_knew_and_no_link() {
    let new = LeakLetter { source: Some("Sticky_note_body"), url: None, ..letter(Occasion::Revoked) };
    let sentence =
        "GitHub found it in a place that GitHub calls \"sticky note body\", and gave no\nlink to it.";
    assert!(read(&new).contains(sentence), "{}", read(&new));
}

#[test]
fn a_package_is_not_on_github() {
    let package = LeakLetter { source: Some("npm"), url: None, ..letter(Occasion::Revoked) };
    let subject = "Acme: token \"deploy-bot\" was found in an npm package and no longer works";
    assert_eq!(package.write().subject, subject);
}

#[test]
fn a_former_secret() {
    insta::assert_snapshot!(read(&LeakLetter { former_secret: true, ..letter(Occasion::Revoked) }));
}

#[test]
fn a_warning_about_a_former_secret() {
    insta::assert_snapshot!(read(&LeakLetter { former_secret: true, ..letter(deadline()) }));
}

#[test]
fn an_operator_key_as_html() {
    insta::assert_snapshot!(of_operator_key(Occasion::Revoked).write().html);
}

#[test]
fn a_former_secret_of_an_operator_key() {
    let letter = LeakLetter { former_secret: true, ..of_operator_key(Occasion::Warned) };
    insta::assert_snapshot!(read(&letter));
}

#[test]
fn an_operator_key() {
    insta::assert_snapshot!(read(&of_operator_key(Occasion::Revoked)));
}

#[test]
fn a_warning_about_an_operator_key() {
    insta::assert_snapshot!(read(&of_operator_key(Occasion::Warned)));
}

#[test]
fn what_others_wrote_is_shown_and_not_obeyed() {
    let hostile = LeakLetter {
        description: "<script>alert(1)</script>",
        workspace_name: "<img src=x onerror=alert(2)>",
        creator: Some("\"><a href=https://example.com>me"),
        source: Some("<b>bold</b>"),
        url: Some("https://github.com/\"onmouseover=\"alert(3)/<script>"),
        ..letter(Occasion::Revoked)
    };
    let html = hostile.write().html;
    for bad in ["<script", "<img", "<b>", "<a href=https", "\"onmouseover"] {
        assert!(!html.contains(bad), "{bad} in {html}");
    }
    assert!(html.contains("&#60;script&#62;alert(1)&#60;/script&#62;"), "{html}");
}

#[test]
fn an_address_that_is_not_of_the_web_is_no_link() {
    for url in ["javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x"] {
        let written = LeakLetter { url: Some(url), ..letter(Occasion::Revoked) }.write();
        let (scheme, _) = url.split_once(':').unwrap();
        assert!(!written.html.contains(&format!("href=\"{scheme}")), "{}", written.html);
        assert!(written.html.contains(&format!("<code>{scheme}:")), "{}", written.html);
        assert!(written.text.contains("and describes the place so:"), "{}", written.text);
    }
}

#[test]
fn a_long_address_is_shown_in_part_and_leads_to_the_whole() {
    let url = format!("https://github.com/{}", "x".repeat(2000));
    let written = LeakLetter { url: Some(&url), ..letter(Occasion::Revoked) }.write();
    assert!(written.html.contains(&format!("href=\"{url}\"")));
    assert!(written.text.lines().all(|line| line.chars().count() <= 300), "{}", written.text);
}

#[test]
fn a_description_of_several_lines_stays_on_the_line_of_the_subject() {
    let description = "deploy-bot\r\nBcc: eve@example.com\n\u{2028}x";
    for occasion in [Occasion::Revoked, Occasion::Warned, deadline(), Occasion::GraceEnded] {
        let Written { subject, text, .. } = LeakLetter { description, ..letter(occasion) }.write();
        assert!(!subject.contains(char::is_control), "{subject:?}");
        assert!(!text.contains("\nBcc:"), "{text}");
    }
}

#[test]
fn only_addresses_and_commands_are_wider_than_76_columns() {
    for letter in [
        letter(Occasion::Revoked),
        LeakLetter { former_secret: true, ..of_operator_key(deadline()) },
        LeakLetter { former_secret: true, ..of_operator_key(Occasion::GraceEnded) },
        LeakLetter { former_secret: true, ..letter(Occasion::Warned) },
        LeakLetter { description: &"long words ".repeat(30), ..letter(Occasion::Warned) },
    ] {
        let Written { text, .. } = letter.write();
        let may_be_wide = |line: &str| line.starts_with("https://") || line.starts_with("bailiwick ");
        let wide = text.lines().find(|line| line.chars().count() > 76 && !may_be_wide(line.trim()));
        assert_eq!(wide, None, "{text}");
    }
}
