use super::*;
use crate::{
    ids::PersonId,
    tokens::{create_operator_key, list},
    web::Page,
    workspaces::{add_member, list_members, remove_member_by_mail},
};

async fn creators(house: &House) -> Vec<Option<PersonId>> {
    let page = list(&house.app, &house.acme, &Page::first()).await.unwrap();
    page.items.into_iter().map(|token| token.creator_id).collect()
}

async fn bo(house: &House) -> PersonId {
    let bo = NewMember {
        mail: "bo@acme.example".into(),
        name: None,
        external_id: Some("bo".to_owned()),
        role: Some(MemberRole::Member),
    };
    let by = Authority::on_this_machine();
    add_member(&house.app, &by, &house.acme, bo, None).await.map_err(|_| "refused").unwrap();
    let members = list_members(&house.app, &Authority::on_this_machine(), &house.acme, &Page::first())
        .await
        .unwrap()
        .items;
    members.into_iter().find(|member| member.mail.expose() == "bo@acme.example").unwrap().person_id
}

#[tokio::test]
async fn a_creator_is_named_by_id_by_mail_or_by_the_id_in_the_product() {
    let house = House::new().await;
    let bo = bo(&house).await;
    let names = [bo.as_str(), "BO@acme.example", "external:bo", ""];
    let lines: String =
        names.iter().map(|name| format!("{},{name}\n", sha256(&format!("by {name}")))).collect();
    house.import_plain(format!("digest,creator\n{lines}")).await.unwrap();
    assert_eq!(creators(&house).await, [Some(bo.clone()), Some(bo.clone()), Some(bo), None]);
}

#[tokio::test]
async fn a_creator_who_has_left_stays_the_creator() {
    let house = House::new().await;
    let bo = bo(&house).await;
    let by = Authority::on_this_machine();
    let left = remove_member_by_mail(&house.app, &by, &house.acme, "bo@acme.example").await;
    assert!(left.is_ok());
    house.import_plain(format!("digest,creator\n{},bo@acme.example\n", sha256("1"))).await.unwrap();
    assert_eq!(creators(&house).await, [Some(bo)]);
}

#[tokio::test]
async fn a_line_may_name_its_own_workspace() {
    let house = House::new().await;
    let other = workspace(&house.app, "other").await;
    let file = format!(
        "digest,workspace\n{},{other}\n{},external:other\n{},\n",
        sha256("1"),
        sha256("2"),
        sha256("3")
    );
    let done = house.import_plain(file).await.unwrap();
    assert_eq!(done, Imported { lines: 3, imported: 3, already_known: 0, workspaces: 2 });
    assert_eq!(creators(&house).await.len(), 1);
    let sql = "SELECT COUNT(*) AS n FROM tokens t JOIN workspaces w ON w.id = t.workspace_id WHERE w.external_id = 'other'";
    assert_eq!(house.number(sql).await, 2);
}

#[tokio::test]
async fn a_deleted_workspace_and_the_operators_own_take_no_tokens() {
    let house = House::new().await;
    let gone = workspace(&house.app, "gone").await;
    let by = Authority::on_this_machine();
    assert!(workspaces::delete(&house.app, &by, &gone).await.is_ok());
    let (key, _) = create_operator_key(&house.app, "gateway", &[]).await.map_err(|_| "refused").unwrap();
    for workspace in ["external:gone".to_owned(), gone.to_string(), key.workspace_id.to_string()] {
        let bad = house.bad_lines(format!("digest,workspace\n{},{workspace}\n", sha256("1"))).await;
        assert_eq!(bad[0].why, "There is no such \"workspace\".", "{workspace}");
    }
}
