use std::{borrow::Cow, collections::HashSet, ops::Range};

use token_format::{BODY_LEN, Find, HINT_LEN, Prefixes, find_all};

/// As many bytes as any writing of a token takes: its prefix, an underscore or what stands for one, its 64 characters.
const LONGEST_TOKEN: usize = 128;

/// At most the first `most` characters of a text that says where a token was found, without the secrets in it: a place
/// may be named after what was found there, and places are stored, mailed and sent on.
///
/// What goes is every token with a prefix of ours, in whatever writing it is recognised, and the 64 characters of what was
/// `reported`, whatever stands around them. Another bare run of 64 stays: it is as likely a commit's hash. A user and a
/// password that an address names before its host go too.
pub(super) fn without_secrets(text: &str, most: usize, reported: &str, prefixes: &Prefixes) -> String {
    let text = &*without_user(text);
    let cut = text.char_indices().nth(most).map_or(text.len(), |(at, _)| at);
    // Of a secret that is cut through, too, nothing but its beginning stays.
    let text = &text[..text.floor_char_boundary(cut + LONGEST_TOKEN)];
    let mut kept = String::with_capacity(cut);
    let mut at = 0;
    for (secret, beginning) in secrets(text, reported, prefixes) {
        if secret.start >= cut {
            break;
        }
        if secret.start >= at {
            kept.push_str(&text[at..secret.start]);
            kept.push_str(&beginning);
            at = secret.end;
        }
    }
    kept.push_str(text.get(at..cut).unwrap_or_default());
    kept
}

/// An address without what stands before its host (RFC 3986, section 3.2.1); any other text as it is.
fn without_user(text: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = text.split_once("://") else { return Cow::Borrowed(text) };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    match authority.rsplit_once('@') {
        Some((_, host)) => Cow::Owned(format!("{scheme}://{host}{path}")),
        None => Cow::Borrowed(text),
    }
}

/// Where secrets lie, in their order, and what may be shown of each. They may overlap.
fn secrets(text: &str, reported: &str, prefixes: &Prefixes) -> Vec<(Range<usize>, String)> {
    let ours = find_all(text, prefixes).filter(|find| find.prefix().is_some());
    let mut secrets: Vec<_> = ours.map(|find| (find.range(), beginning(&find))).collect();
    let reported: HashSet<&str> = find_all(reported, prefixes).map(|find| find.body()).collect();
    if !reported.is_empty() {
        let places = (0..text.len()).map(|at| at..at + BODY_LEN);
        let of_reported =
            places.filter(|place| text.get(place.clone()).is_some_and(|body| reported.contains(body)));
        secrets.extend(of_reported.map(|place| (place.clone(), format!("{}…", &text[place][..HINT_LEN]))));
        secrets.sort_by_key(|(place, _)| place.start);
    }
    secrets
}

/// `bwk_a1B2c…`
fn beginning(find: &Find<'_>) -> String {
    let prefix = find.prefix().map_or_else(String::new, |prefix| format!("{prefix}_"));
    format!("{prefix}{}…", find.hint())
}
