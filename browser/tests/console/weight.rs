//! What a first visit costs.

use crate::story::ana_is_in;

/// In bytes, over the wire, headers included.
const MOST: u64 = 60_000;

#[tokio::test]
async fn a_first_visit_of_any_page_is_light() {
    let (stage, ana) = ana_is_in().await;
    let url = ana.script("return location.pathname", vec![]).await;
    let home = url.as_str().expect("a path");
    for path in ["/sign-in", "/account", home, &format!("{home}/tokens"), &format!("{home}/people")] {
        let weight = ana.weight_of_a_first_visit(path).await;
        println!("{path}: {weight} bytes");
        assert!(weight <= MOST, "{path}: {weight} bytes");
    }
    ana.leave().await;
    stage.end();
}
