use super::LeakLetter;

/// Something to do, and what to do it with: a command, or the page to do it on.
pub(super) struct Step {
    pub words: String,
    pub command: Option<String>,
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
        steps.push(self.look());
        steps.push(Step { words: KEEP_OUT.to_owned(), command: None, url: None });
        steps
    }

    fn replace(&self) -> Step {
        let kind = self.kind();
        let make = format!("make a new {kind}");
        let words = if self.former_secret {
            format!(
                "Put the {kind}'s present secret wherever the former one is still used. If you do not have it any more, \
                 {make}"
            )
        } else {
            let used = if self.is_dead() { "was" } else { "is" };
            format!("{}, and put it wherever this one {used} used", capitalised(&make))
        };
        let command = self.operator_key.map(|key| match key.scopes {
            "" => "bailiwick operator-key create --name NAME".to_owned(),
            scopes => format!("bailiwick operator-key create --name NAME --scopes {scopes}"),
        });
        self.step(&words, command)
    }

    fn revoke(&self) -> Step {
        let words = match (self.former_secret, self.operator_key) {
            (true, Some(_)) => {
                "The former secret ends by itself, with its overlap at the latest. To end it sooner, revoke the whole key \
                 as soon as a new one is in its place"
            }
            (true, None) => "Then revoke the former secret",
            (false, _) => "Then revoke this one",
        };
        let command = self.operator_key.map(|key| format!("bailiwick token revoke {}", key.id));
        self.step(words, command)
    }

    fn look(&self) -> Step {
        let (kind, made) = (self.kind(), self.created_at.in_words());
        let used = match self.last_used_at {
            Some(at) => format!("It was last used on {}.", at.in_words()),
            None => "It had not been used by the time this mail was written.".to_owned(),
        };
        let did = self.operator_key.map(|key| {
            format!(" What it did stands in the audit of each workspace, under its id {}.", key.id)
        });
        let words = format!(
            "Look for activity that you do not recognise since {made}, when the {kind} was made. {used}{}",
            did.unwrap_or_default()
        );
        if !self.is_dead() {
            return Step { words, command: None, url: None };
        }
        let command =
            self.operator_key.map(|key| format!("bailiwick token list --workspace {}", key.workspace_id));
        self.step(&format!("{words} All your {kind}s"), command)
    }

    /// Words that lead to a command or to the page.
    fn step(&self, words: &str, command: Option<String>) -> Step {
        let url = self.tokens_url.filter(|_| command.is_none()).map(str::to_owned);
        Step { words: format!("{words}:"), command, url }
    }
}

fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
