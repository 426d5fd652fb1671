//! Who is in a workspace, and who is no longer.

use crate::story::{PASSWORD, ana_is_in};

#[tokio::test]
async fn a_member_who_is_removed_while_they_look_sees_nothing_more() {
    let (mut stage, ana) = ana_is_in().await;
    ana.press("People").await;
    ana.fill("Mail address", "bo@acme.example").await;
    ana.press("Invite").await;
    ana.sees("The invitation is on its way.").await;
    let bo = stage.browser().await;
    bo.open(&stage.last_mail("bo@acme.example").link(&stage.url)).await;
    bo.fill("Your name", "Bo Diaz").await;
    bo.fill("Password", PASSWORD).await;
    bo.press("Join").await;
    bo.sees("You are in.").await;
    bo.press("People").await;
    bo.sees("Owners of the workspace invite and remove people.").await;
    bo.looks_well("people-as-member", "People").await;

    ana.reload().await;
    ana.press_beside("bo@acme.example", "Remove bo@acme.example").await;
    ana.sees("They are no longer a member.").await;
    bo.expects("status of 404");
    bo.reload().await;
    bo.sees("There is no such workspace, or it is not yours.").await;
    bo.looks_well("no-workspace", "Not found").await;
    bo.press("Go to the start").await;
    bo.sees("You are in none.").await;
    bo.looks_well("account-alone", "My account").await;
    bo.leave().await;
    ana.leave().await;
    stage.end();
}
