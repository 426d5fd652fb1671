use super::*;
use crate::{
    tokens::{Listed, State, list},
    web::Page,
};

async fn listed(house: &House) -> Vec<Listed> {
    list(&house.app, &house.acme, &Page::first()).await.unwrap().items
}

#[tokio::test]
async fn everything_a_line_says_is_kept() {
    let house = House::new().await;
    let csv = format!(
        "digest,prefix,hint,description,role,creator,external_id,created_at,expires_at,last_used_at\r\n\
         {},acme,aB3dE,\"deploy \"\"bot\"\", number 1\",owner,Ana@Acme.example,ext-1,2024-03-01T12:00:00+02:00,\
         2027-01-01T00:00:00Z,2026-11-01T00:00:00.5Z\r\n",
        sha256("1")
    );
    house.import_plain(csv).await.unwrap();
    let [token] = &listed(&house).await[..] else { panic!("not one token") };
    assert_eq!(token.prefix.as_deref(), Some("acme"));
    assert_eq!(token.hint.as_deref(), Some("aB3dE"));
    assert_eq!(token.description, "deploy \"bot\", number 1");
    assert_eq!(token.role.name(), "owner");
    assert!(token.creator_id.is_some());
    assert_eq!(token.external_id.as_deref(), Some("ext-1"));
    assert_eq!(token.created_at.to_string(), "2024-03-01T10:00:00Z");
    assert_eq!(token.expires_at.unwrap().to_string(), "2027-01-01T00:00:00Z");
    assert_eq!(token.last_used_at.unwrap().to_string(), "2026-11-01T00:00:00.5Z");
    assert_eq!(token.state, State::Live);
}

#[tokio::test]
async fn what_a_line_leaves_out_has_a_plain_default() {
    let house = House::new().await;
    house.import_plain(format!("digest\n{}", sha256("1"))).await.unwrap();
    let [token] = &listed(&house).await[..] else { panic!("not one token") };
    assert_eq!((token.prefix.as_ref(), token.hint.as_ref(), token.external_id.as_ref()), (None, None, None));
    assert_eq!(token.description, "imported token");
    assert_eq!(token.role.name(), "member");
    assert_eq!((token.creator_id.as_ref(), token.created_at), (None, when()));
    assert_eq!((token.expires_at, token.last_used_at, token.revoked_at), (None, None, None));
}

#[tokio::test]
async fn revoked_and_expired_tokens_come_in_as_such() {
    let house = House::new().await;
    let (revoked, expired) = (body("revoked"), body("expired"));
    let csv = format!(
        "digest,revoked_at,expires_at\n{},2025-01-01T00:00:00Z,\n{},,2025-01-01T00:00:00Z\n",
        sha256(&revoked),
        sha256(&expired)
    );
    house.import_plain(csv).await.unwrap();
    assert_eq!(house.code(&revoked).await, Code::Revoked);
    assert_eq!(house.code(&expired).await, Code::Expired);
    assert!(listed(&house).await.iter().any(|token| token.revoked_why.as_deref() == Some("revoked")));
}

#[tokio::test]
async fn tokens_are_listed_in_the_order_of_the_file() {
    let house = House::new().await;
    let lines: String = (0..20).map(|n| format!("{},number {n}\n", sha256(&n.to_string()))).collect();
    house.import_plain(format!("digest,description\n{lines}")).await.unwrap();
    let descriptions: Vec<_> = listed(&house).await.into_iter().map(|token| token.description).collect();
    assert_eq!(descriptions, (0..20).map(|n| seal::Private::from(format!("number {n}"))).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_byte_order_mark_crlf_blank_lines_and_a_missing_last_line_break_are_no_matter() {
    let house = House::new().await;
    let csv = format!(
        "\u{feff}\r\n\"digest\" , description\r\n\r\n  \r\n{} , one\r\n{},two",
        sha256("1"),
        sha256("2")
    );
    assert!(house.bad_lines(&csv).await[0].why.contains("A quote stands around a whole value"));
    let csv = csv.replace("\"digest\" ,", "\"digest\",");
    assert_eq!(house.import_plain(&csv).await.unwrap().imported, 2);

    let json = format!(
        "\u{feff}\r\n {{\"digest\": \"{}\"}}\r\n\r\n{{\"digest\":\"{}\",\"role\":null}}",
        sha256("3"),
        sha256("4")
    );
    assert_eq!(house.import_plain(&json).await.unwrap().imported, 2);
}

#[tokio::test]
async fn a_file_of_column_names_alone_imports_nothing() {
    let house = House::new().await;
    let done = house.import_plain("digest,description\n").await.unwrap();
    assert_eq!(done, Imported::default());
    assert_eq!(house.stored().await, 0);
}

#[tokio::test]
async fn a_pipe_is_read_as_a_file_is() {
    let house = House::new().await;
    let path = house.dir.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let content = format!("digest\n{}\n", sha256("1"));
    let writer = std::thread::spawn({
        let path = path.clone();
        move || std::fs::write(path, content).unwrap()
    });
    let done = import(&house.app, &Authority::on_this_machine(), Source::Path(path), plain()).await.unwrap();
    writer.join().unwrap();
    assert_eq!(done.imported, 1);
}
