use crate::mail::words::{link, short};

/// Where a token was found: a sentence, and the address under it, to be clicked on or only to be read.
pub(super) struct Place {
    pub sentence: String,
    pub link: Option<Link>,
    pub text: Option<String>,
}

/// An address that leads somewhere, and how much of it is shown.
pub(super) struct Link {
    pub href: String,
    pub shown: String,
}

const LONGEST_SHOWN: usize = 300;
const LONGEST_SOURCE: usize = 40;

impl Place {
    pub fn of(partner: &str, source: Option<&str>, url: Option<&str>) -> Self {
        let url = url.map(str::trim).filter(|url| !url.is_empty());
        let place = source.and_then(|source| in_words(partner, source));
        let seen = match place {
            Some(place) => format!("{partner} found it in {place}"),
            None => format!("{partner} found it"),
        };
        let link = url.and_then(link).map(|href| Link { shown: short(&href, LONGEST_SHOWN), href });
        let sentence = match (url.is_some(), link.is_some(), source) {
            (true, true, _) => format!("{seen} here:"),
            (true, false, _) => format!("{seen}, and describes the place so:"),
            (false, _, Some(_)) => format!("{seen}, and gave no link to it."),
            (false, _, None) => format!("{seen}, and did not say where."),
        };
        let text = url.filter(|_| link.is_none()).map(|url| short(url, LONGEST_SHOWN));
        Self { sentence, link, text }
    }
}

/// `on GitHub`; GitHub also reports what it finds in packages on npm.
pub(super) fn found(partner: &str, source: Option<&str>) -> String {
    if source.is_some_and(|source| source.eq_ignore_ascii_case("npm")) {
        return "in an npm package".to_owned();
    }
    format!("on {partner}")
}

/// The kinds of places that partners name, in words; those that they don't name in words of their own.
fn in_words(partner: &str, source: &str) -> Option<String> {
    let words = match source.to_ascii_lowercase().as_str() {
        "" | "unknown" => return None,
        "content" => "a file",
        "commit" => "a commit",
        "commit_comment" => "a comment on a commit",
        "pull_request_title" => "the title of a pull request",
        "pull_request_description" => "the description of a pull request",
        "pull_request_comment" => "a comment on a pull request",
        "issue_title" => "the title of an issue",
        "issue_description" => "the description of an issue",
        "issue_comment" => "a comment on an issue",
        "discussion_title" => "the title of a discussion",
        "discussion_body" => "the text of a discussion",
        "discussion_comment" => "a comment on a discussion",
        "gist_content" => "a gist",
        "gist_comment" => "a comment on a gist",
        "wiki_content" => "a wiki page",
        "wiki_commit" => "a change to a wiki",
        "npm" => "an npm package",
        "manual_submission" => "what somebody handed in by hand",
        other => {
            let words = short(&other.replace('_', " "), LONGEST_SOURCE);
            return (!words.is_empty()).then(|| format!("a place that {partner} calls \"{words}\""));
        }
    };
    Some(words.to_owned())
}
