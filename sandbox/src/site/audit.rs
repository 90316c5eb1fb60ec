//! The audit log.

use serde_json::{Value, json};

use super::View;
use super::clock::{self, DAY, END, Millis};
use super::random::{Dice, Subject};

const EVENTS: &[(&str, &str)] = &[
    ("User created", "user management"),
    ("User added to group", "group management"),
    ("Permission scheme updated", "permissions"),
    ("Issue deleted", "issue"),
    ("Custom field created", "fields"),
    ("Project archived", "projects"),
];

/// How many records there are; more than one page holds.
const COUNT: u32 = 1200;

fn instant(n: u32) -> Millis {
    END - DAY - i64::from(n) * 20 * 3_600_000
}

impl View<'_> {
    /// The audit records of a span of time, newest first.
    pub(crate) fn audit_records(&self, from: Option<Millis>, to: Option<Millis>) -> Vec<Value> {
        let inside =
            |at: Millis| from.is_none_or(|from| at >= from) && to.is_none_or(|to| at <= to);
        (0..COUNT).filter(|&n| inside(instant(n))).map(|n| self.audit_record(n)).collect()
    }

    fn audit_record(&self, n: u32) -> Value {
        let mut dice = Dice::of(self.site.options.seed, Subject::Admin, 7 << 32 | u64::from(n));
        let &(summary, category) = dice.pick(EVENTS);
        let author = &self.site.people[dice.index(20)];
        let mut record = json!({"id": 50_000 + COUNT - n, "summary": summary, "category": category,
            "created": clock::platform(instant(n), &self.viewer.zone), "eventSource": "",
            "objectItem": {"id": (10_000 + n).to_string(), "name": format!("Thing {n}"), "typeName": "USER"}});
        if dice.chance(800) {
            record["authorAccountId"] = json!(author.account_id);
            record["authorKey"] = json!(author.account_id);
            record["remoteAddress"] = json!(format!("192.0.2.{}", dice.below(250)));
        }
        if dice.chance(500) {
            record["changedValues"] = json!([{"fieldName": "name", "changedFrom": "old", "changedTo": "새 이름"}, {"fieldName": "email"}]);
            record["associatedItems"] = json!([{"id": "1", "name": "jira-users", "typeName": "GROUP", "parentId": "10000", "parentName": "Directory"}]);
        }
        record
    }
}
