//! `/docs`, the description of the API.

use browser::Stage;

#[tokio::test]
async fn the_description_of_the_api_looks_well() {
    let stage = Stage::set();
    let ana = stage.browser().await;
    ana.open("/docs").await;
    ana.sees("/v1/tokens/verify").await;
    ana.looks_well("docs", "Bailiwick HTTP reference").await;
    ana.leave().await;
    stage.end();
}

#[tokio::test]
async fn a_first_visit_of_the_description_weighs_no_more_than_any_page() {
    let stage = Stage::set();
    let ana = stage.browser().await;
    let weight = ana.weight_of_a_first_visit("/docs").await;
    assert!(weight <= 60_000, "{weight} bytes");
    ana.leave().await;
    stage.end();
}
