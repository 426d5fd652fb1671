//! `docs/OCSF.md`: what each event is, for whoever writes rules about them.

use serde_json::json;

use super::{VERSION, is_valid, recorded};
use crate::{documents::assert_page, events};

const BEGINNING: &str = "\
# The audit as OCSF

Written from the code by `UPDATE_DOCS=1 cargo nextest run -p bailiwick docs_`; a test compares the two.

Every audit entry is one event of the [Open Cybersecurity Schema Framework](https://schema.ocsf.io/VERSION), version VERSION.

| event | class | activity | `type_uid` | severity | status | what happened |
|---|---|---|---|---|---|---|
";

const END: &str = "
`member.role_changed` is Revoke Privileges (300502) when the member is no owner any more. What was refused has the status
Failure; `request.refused` is Create, Read, Update or Delete (600301 to 600304) as the request's method says. An event that this version does not know is a Base Event: class 0, `type_uid` 99.

- `metadata.uid` is the entry's id: an event that comes twice has the same. `metadata.sequence` is its place in its chain,
  `metadata.tenant_uid` the workspace whose chain that is (none: the house), `metadata.event_code` the event's name,
  `metadata.correlation_uid` the request.
- `time` is in milliseconds; `metadata.original_time` has the microseconds.
- `actor.user` is a person, an operator key or a token, by `uid`; `actor.app_name` the command line, a job or a partner. A
  finding has no actor: who found it stands in `evidences`.
- `finding_info.uid` is the token's id, so that a warning and its end are one finding.
- `unmapped` holds what OCSF has no place for: `details` as they were recorded, `hash` of the entry in its chain, `target`,
  `actor_kind` and `actor_id`. Of a workspace whose key was destroyed there are no `details`.
";

#[test]
fn docs_say_what_each_event_is_in_ocsf() {
    let details = json!({"role": "owner"});
    let rows: String = events::ALL
        .iter()
        .map(|event| {
            let said = is_valid(&recorded(event.name(), "x_1", &details));
            let word = |name: &str| said[name].as_str().expect("it is a text").to_owned();
            format!(
                "| `{}` | {} {} | {} | {} | {} | {} | {} |\n",
                event.name(),
                word("class_name"),
                said["class_uid"],
                word("activity_name"),
                said["type_uid"],
                word("severity"),
                word("status"),
                word("message"),
            )
        })
        .collect();
    assert_page("OCSF.md", &format!("{}{rows}{END}", BEGINNING.replace("VERSION", VERSION)));
}
