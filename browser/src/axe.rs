use std::{env, fs, path::PathBuf, sync::LazyLock};

use serde::Deserialize;

use crate::Browser;

/// The script of axe-core.
static AXE: LazyLock<String> = LazyLock::new(|| {
    let usual = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/tools");
    let tools = env::var_os("BAILIWICK_TOOLS").map_or_else(|| PathBuf::from(usual), PathBuf::from);
    let path = tools.join("axe/node_modules/axe-core/axe.min.js");
    fs::read_to_string(&path).unwrap_or_else(|why| {
        panic!("{}: {why}. scripts/setup-test-tools.sh installs axe-core", path.display())
    })
});

/// All rules of WCAG 2.2 AA and the best practices, among them one that axe-core leaves off by itself. It fetches nothing.
const ASK: &str = "
    const done = arguments[0];
    const options = { resultTypes: ['violations'], preload: false, rules: { 'target-size': { enabled: true } } };
    axe.run(document, options).then(
        found => done({ violations: found.violations.map(({ id, help, nodes }) => ({
            id, help, places: nodes.map(node => node.target.join(' ')).slice(0, 5),
        })) }),
        why => done({ violations: [{ id: 'axe-core', help: `did not run: ${why}`, places: [] }] }));";

#[derive(Deserialize)]
struct Found {
    violations: Vec<Violation>,
}

#[derive(Deserialize)]
struct Violation {
    id: String,
    help: String,
    places: Vec<String>,
}

impl Browser {
    /// What axe-core finds wrong with the page as it is shown.
    pub(crate) async fn barriers(&self) -> Vec<String> {
        // As a script of the driver's, which the page's policy says nothing about.
        let known = self.script("return typeof axe === 'object'", Vec::new()).await;
        if known != true {
            self.script(&AXE, Vec::new()).await;
        }
        let found = self.driver.execute_async(ASK, Vec::new()).await.expect("axe-core answers");
        let found: Found = found.convert().expect("as it was asked");
        let sentence = |Violation { id, help, places }| format!("{id}: {help}, at {}", places.join("; "));
        found.violations.into_iter().map(sentence).collect()
    }
}
