use std::fmt::Write as _;

use super::SETTINGS;

const HEAD: &str = "\
# Settings

<!-- Written from the code. To change it, change crates/server/src/config/declared.rs and run:
     UPDATE_DOCS=1 cargo nextest run -p bailiwick docs_ -->

Settings stand in `bailiwick.toml` in the working directory, or in the file that `--config` or `BAILIWICK_CONFIG` names.
`server.listen` is `listen` in the section `[server]`. Each can also be given as an environment variable, which wins over
the file; there a list is parted by commas, and an empty variable counts as not set.

An unknown key or a bad value stops the start with the key, what is wrong with the value, and the file and line or the
variable. Values of secrets (marked 🔒) are never shown.

In place of its value a secret may say where that is: `file:PATH`, `env:NAME`, `aws-secretsmanager:NAME` or
`aws-secretsmanager:NAME#KEY` (see [OPERATING.md](OPERATING.md#where-secrets-come-from)). Only secrets may: any other value
that begins so means what it says. SIGHUP has a running server read them again.

A setting comes with what it sets: this list has none that nothing
would heed yet, and a key that a later version knows is as unknown to this one as a mistyped one.

| key | variable | default | what it is |
|---|---|---|---|
";

/// The page `docs/SETTINGS.md`.
pub fn settings_reference() -> String {
    SETTINGS.iter().fold(HEAD.to_owned(), |mut page, setting| {
        let lock = if setting.secret { " 🔒" } else { "" };
        let (key, variable) = (setting.key, setting.variable());
        writeln!(page, "| `{key}`{lock} | `{variable}` | {} | {} |", setting.default, setting.help.trim())
            .expect("a String takes everything");
        page
    })
}

#[cfg(test)]
mod tests {
    use crate::documents::assert_page;

    #[test]
    fn docs_list_every_setting() {
        assert_page("SETTINGS.md", &super::settings_reference());
    }
}
