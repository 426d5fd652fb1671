use super::LeakLetter;

/// Something to do, and the page to do it on.
pub(super) struct Step {
    pub words: String,
    pub url: Option<String>,
}

const KEEP_OUT: &str = "\
    Keep the next one out of your commits. Let programs read it from an environment variable or a secret manager. Turn \
    on push protection where your code is kept, and let a secret scanner look at each commit before it is made. \
    Rewriting history does not help any more: the place was public.";

impl LeakLetter<'_> {
    pub(super) fn steps(&self) -> Vec<Step> {
        let mut steps = vec![self.replace()];
        if !self.is_dead() {
            steps.push(self.revoke());
        }
        steps.push(Step { words: self.look(), url: self.is_dead().then(|| self.tokens_url.to_owned()) });
        steps.push(Step { words: KEEP_OUT.to_owned(), url: None });
        steps
    }

    fn replace(&self) -> Step {
        let kind = self.kind();
        let words = if self.former_secret {
            format!(
                "Put the {kind}'s present secret wherever the former one is still used. If you do not have it any more, \
                 make a new {kind}:"
            )
        } else if self.is_dead() {
            format!("Make a new {kind}, and put it wherever this one was used:")
        } else {
            format!("Make a new {kind}, and put it wherever this one is used:")
        };
        Step { words, url: Some(self.new_token_url.to_owned()) }
    }

    fn revoke(&self) -> Step {
        let what = if self.former_secret { "the former secret" } else { "this one" };
        Step { words: format!("Then revoke {what}:"), url: Some(self.tokens_url.to_owned()) }
    }

    fn look(&self) -> String {
        let (kind, made) = (self.kind(), self.created_at.in_words());
        let used = match self.last_used_at {
            Some(at) => format!("It was last used on {}.", at.in_words()),
            None => "It had not been used by the time this mail was written.".to_owned(),
        };
        let list = if self.is_dead() { format!(" All your {kind}s:") } else { String::new() };
        format!(
            "Look for activity that you do not recognise since {made}, when the {kind} was made. {used}{list}"
        )
    }
}
