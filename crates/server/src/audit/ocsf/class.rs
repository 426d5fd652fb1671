//! The classes of OCSF that our events belong to, as far as we use them.

/// A class of events, in its category.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Class {
    pub uid: u32,
    pub name: &'static str,
    pub category_uid: u32,
    pub category: &'static str,
}

const IAM: (u32, &str) = (3, "Identity & Access Management");

const fn class(uid: u32, name: &'static str, (category_uid, category): (u32, &'static str)) -> Class {
    Class { uid, name, category_uid, category }
}

/// What a version does not know belongs to no class.
pub(super) const BASE: Class = class(0, "Base Event", (0, "Uncategorized"));
pub(super) const DETECTION: Class = class(2004, "Detection Finding", (2, "Findings"));
pub(super) const ENTITY: Class = class(3004, "Entity Management", IAM);
pub(super) const ACCESS: Class = class(3005, "User Access Management", IAM);
pub(super) const GROUP: Class = class(3006, "Group Management", IAM);
pub(super) const API: Class = class(6003, "API Activity", (6, "Application Activity"));

/// What was done, within a class: its number and its name there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Activity(pub u32, pub &'static str);

/// Of [`ENTITY`].
pub(super) mod entity {
    use super::Activity;

    pub const CREATE: Activity = Activity(1, "Create");
    pub const UPDATE: Activity = Activity(3, "Update");
    pub const DELETE: Activity = Activity(4, "Delete");
    pub const DEACTIVATE: Activity = Activity(11, "Deactivate");
    pub const SUSPEND: Activity = Activity(12, "Suspend");
    pub const RESUME: Activity = Activity(13, "Resume");
}

/// Of [`ACCESS`].
pub(super) mod access {
    use super::Activity;

    pub const ASSIGN: Activity = Activity(1, "Assign Privileges");
    pub const REVOKE: Activity = Activity(2, "Revoke Privileges");
}

/// Of [`GROUP`].
pub(super) mod group {
    use super::Activity;

    pub const ADD: Activity = Activity(3, "Add User");
    pub const REMOVE: Activity = Activity(4, "Remove User");
}

/// Of [`DETECTION`].
pub(super) mod finding {
    use super::Activity;

    pub const CREATE: Activity = Activity(1, "Create");
    pub const CLOSE: Activity = Activity(3, "Close");
}

/// Of [`API`].
pub(super) mod api {
    use super::Activity;

    pub const CREATE: Activity = Activity(1, "Create");
    pub const READ: Activity = Activity(2, "Read");
    pub const UPDATE: Activity = Activity(3, "Update");
    pub const DELETE: Activity = Activity(4, "Delete");
}

/// Of every class.
pub(super) const OTHER: Activity = Activity(99, "Other");

/// How much it matters: its number and its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Severity(pub u32, pub &'static str);

/// A change as there are many.
pub(super) const INFORMATIONAL: Severity = Severity(1, "Informational");
/// A change that cannot be taken back.
pub(super) const MEDIUM: Severity = Severity(3, "Medium");
/// A token is public.
pub(super) const HIGH: Severity = Severity(4, "High");

/// How it stands: its number and its name, which differ by class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Status(pub u32, pub &'static str);

pub(super) const SUCCESS: Status = Status(1, "Success");
pub(super) const FAILURE: Status = Status(2, "Failure");
/// Of a finding: somebody has to do something.
pub(super) const NEW: Status = Status(1, "New");
/// Of a finding: nothing is left to do.
pub(super) const RESOLVED: Status = Status(4, "Resolved");
