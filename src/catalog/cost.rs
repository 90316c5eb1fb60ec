//! What a feed costs in requests, in words: the documentation and the lists of feeds say it.

use super::{Endpoint, Feed, PageStyle, Strategy};

impl Feed {
    /// How many requests it takes, by what the site holds.
    #[must_use]
    pub fn cost(&self) -> String {
        match (self.strategy, &self.parent, &self.endpoint) {
            (Strategy::Issues, ..) => {
                "one for each 5,000 issues, and one for each 100 issues".to_owned()
            }
            (Strategy::Changelogs, ..) => {
                "one for each 1,000 issues, and more where their histories fill 10,000".to_owned()
            }
            (Strategy::Worklogs, ..) => "two for each 1,000 worklogs of the site".to_owned(),
            (Strategy::Embedded, _, Some(_)) => {
                "none, but one or more for each issue that holds more than Jira puts into it"
                    .to_owned()
            }
            (Strategy::Embedded, ..) | (_, _, None) => "none of its own".to_owned(),
            (_, Some(parent), Some(endpoint)) => {
                format!("{} for each record of `{}`", pages(endpoint), parent.feed)
            }
            (_, None, Some(endpoint)) => match &self.each {
                Some((_, values)) => format!("{}, {} times", pages(endpoint), values.len()),
                None => pages(endpoint),
            },
        }
    }
}

fn pages(endpoint: &Endpoint) -> String {
    match endpoint.page {
        PageStyle::Single => "one".to_owned(),
        _ => format!("one for each page of {}", endpoint.page_size),
    }
}
