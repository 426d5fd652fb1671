use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

/// A secret of the settings: a password, or an address that may hold one. It has no `Display`, and its `Debug` shows
/// nothing of it.
///
/// Clones are the same secret, and it may be replaced while the server runs. So whoever needs its text exposes it at each
/// use, and keeps the secret rather than the text.
#[derive(Clone)]
pub struct Hidden(Arc<RwLock<Arc<str>>>);

impl Hidden {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Arc::new(RwLock::new(text.into().into())))
    }

    /// The text as it is at this moment, for the one place that needs it.
    pub fn expose(&self) -> Arc<str> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Becomes another text, here and in all its clones.
    pub(crate) fn take_over(&self, other: &Self) {
        let text = other.expose();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = text;
    }
}

impl PartialEq for Hidden {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Hidden {}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden(…)")
    }
}

/// What a setting that is a secret may be: there always, or only if it was given.
pub(super) trait Secret {
    fn hidden(&self) -> Option<&Hidden>;
}

impl Secret for Hidden {
    fn hidden(&self) -> Option<&Hidden> {
        Some(self)
    }
}

impl Secret for Option<Hidden> {
    fn hidden(&self) -> Option<&Hidden> {
        self.as_ref()
    }
}
