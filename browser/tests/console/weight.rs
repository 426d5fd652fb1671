//! What a first visit costs.

use crate::story::{ana_is_in, here};

/// In bytes, over the wire, headers included.
const MOST: u64 = 60_000;

#[tokio::test]
async fn a_first_visit_of_any_page_is_light() {
    let (mut stage, ana) = ana_is_in().await;
    let home = here(&ana).await;
    let workspace = home.trim_start_matches("/w/");
    let token = stage.token(workspace, "deploy-bot");
    stage.leak(&token.secret);
    let token = format!("/tokens/{}", token.id);
    let places = ["", "/tokens", &token, "/tokens/new", "/leaks", "/people", "/audit", "/settings"];
    let places = places.map(|place| format!("{home}{place}"));
    let alone = ["/sign-in", "/forgot", "/account", "/step-up", "/renew"].map(str::to_owned);
    for path in alone.iter().chain(&places) {
        let weight = ana.weight_of_a_first_visit(path).await;
        // Not that of a page that it has led to.
        ana.is_at(path).await;
        println!("{path}: {weight} bytes");
        assert!(weight <= MOST, "{path}: {weight} bytes");
    }
    ana.leave().await;
    stage.end();
}
