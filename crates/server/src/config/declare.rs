//! How a setting is declared: the grammar of the list in `declared.rs`, and what is made of it.

/// One setting, as the reference page and the search for mistyped keys see it.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its key in `bailiwick.toml`, such as `server.listen`.
    pub key: &'static str,
    /// Its default, as Markdown.
    pub default: &'static str,
    /// What it is for, as Markdown.
    pub help: &'static str,
    /// Whether its value must not be shown. It may then name where its value is (`source.rs`), and it may become another
    /// while the server runs.
    pub secret: bool,
}

impl Setting {
    /// Its environment variable, such as `BAILIWICK_SERVER__LISTEN`.
    pub fn variable(&self) -> String {
        format!("BAILIWICK_{}", self.key.to_uppercase().replace('.', "__"))
    }
}

/// Makes the settings' types, the list [`SETTINGS`](super::SETTINGS) and `Settings::read` of one declaration each:
///
/// ```text
/// /// The help, which is also the field's documentation.
/// name: Type = reader, open or "a default, read like a given value";
/// name: Type = reader, secret or "a default in words" => the default, which may use what stands above;
/// ```
macro_rules! settings {
    (
        { $(
            $(#[doc = $help:literal])+
            $name:ident : $type:ty = $read:expr, $shown:ident or $default:literal $(=> $derived:expr)?;
        )* }
        $(
            $(#[doc = $about:literal])+
            $section:ident : $Section:ident { $(
                $(#[doc = $inner_help:literal])+
                $inner:ident : $inner_type:ty = $inner_read:expr,
                    $inner_shown:ident or $inner_default:literal $(=> $inner_derived:expr)?;
            )* }
        )*
    ) => {
        /// Every setting, read and checked.
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        pub struct Settings {
            $( $(#[doc = $help])+ pub $name: $type, )*
            $( $(#[doc = $about])+ pub $section: $Section, )*
        }

        $(
            $(#[doc = $about])+
            #[derive(Debug, Clone)]
            #[non_exhaustive]
            pub struct $Section {
                $( $(#[doc = $inner_help])+ pub $inner: $inner_type, )*
            }
        )*

        /// Every setting there is, in the order of the reference page.
        pub const SETTINGS: &[Setting] = &[
            $( settings!(@setting stringify!($name), [$($help)+] $shown $default $($derived)?), )*
            $( $( settings!(
                @setting concat!(stringify!($section), ".", stringify!($inner)),
                [$($inner_help)+] $inner_shown $inner_default $($inner_derived)?
            ), )* )*
        ];

        impl Settings {
            /// Reads each setting in turn: what was given, else its default.
            pub(super) fn read(given: &Given) -> Result<Self, ConfigFault> {
                $( let $name = settings!(
                    @value given, stringify!($name), $read, $default $(=> $derived)?
                ); )*
                $( let $section = {
                    $( let $inner = settings!(
                        @value given, concat!(stringify!($section), ".", stringify!($inner)), $inner_read,
                        $inner_default $(=> $inner_derived)?
                    ); )*
                    $Section { $($inner,)* }
                }; )*
                Ok(Self { $($name,)* $($section,)* })
            }

            /// Every secret by its key; nothing for one that is not set.
            pub(crate) fn secrets(&self) -> Vec<(&'static str, Option<&Hidden>)> {
                let mut all = Vec::new();
                $( settings!(@note all, stringify!($name), &self.$name, $shown); )*
                $( $( settings!(
                    @note all, concat!(stringify!($section), ".", stringify!($inner)), &self.$section.$inner, $inner_shown
                ); )* )*
                all
            }
        }
    };

    (@setting $key:expr, [$($help:literal)+] $shown:ident $default:literal $($derived:expr)?) => {
        Setting {
            key: $key,
            default: settings!(@words $default $($derived)?),
            help: concat!($($help),+),
            secret: settings!(@secret $shown),
        }
    };
    (@words $default:literal) => { concat!("`", $default, "`") };
    (@words $default:literal $derived:expr) => { $default };
    (@secret secret) => { true };
    (@secret open) => { false };

    (@note $all:ident, $key:expr, $value:expr, secret) => { $all.extend([($key, Secret::hidden($value))]); };
    (@note $all:ident, $key:expr, $value:expr, open) => {};

    (@value $given:ident, $key:expr, $read:expr, $default:literal) => {
        $given.read_or_text($key, $read, $default)?
    };
    (@value $given:ident, $key:expr, $read:expr, $default:literal => $derived:expr) => {
        match $given.read($key, $read)? { Some(value) => value, None => $derived }
    };
}

pub(super) use settings;
