//! Custom fields with their contexts and options, field configurations and field schemes.

use serde_json::{Value, json};

use crate::answer::{Refusal, said};
use crate::generic::{Endpoint, Kind, Parent, Scene, Style, admin};
use crate::site::custom::{self, CustomField};
use crate::site::words;

const OF_FIELD: &[Parent] = &[Parent::Path(Kind::CustomField)];
pub(super) const ROWS: &[Endpoint] = &[
    admin("/rest/api/3/field/search/trashed", Style::Bean(50), |s| {
        (0..57).map(|n| trashed(s, n)).collect()
    }),
    admin("/rest/api/3/field/{fieldId}/context", Style::Bean(50), |s| vec![context(s)])
        .of(OF_FIELD),
    admin("/rest/api/3/field/{fieldId}/contexts", Style::Bean(50), |s| {
        vec![json!({"id": context_id(s), "name": context_name(s)})]
    })
    .of(OF_FIELD),
    admin("/rest/api/3/field/{fieldId}/context/issuetypemapping", Style::Bean(50), |s| {
        let id = context_id(s).to_string();
        if context_id(s).is_multiple_of(3) {
            return ["10001", "10003"]
                .map(|kind| {
                    json!({"contextId": id,
                "issueTypeId": kind})
                })
                .into();
        }
        vec![json!({"contextId": id, "isAnyIssueType": true})]
    })
    .of(OF_FIELD),
    admin("/rest/api/3/field/{fieldId}/context/projectmapping", Style::Bean(50), project_mapping)
        .of(OF_FIELD),
    admin("/rest/api/3/field/{fieldId}/association/project", Style::Bean(50), |s| {
        let projects = s.view.live_projects().into_iter();
        let mine = projects.filter(|project| field(s).is_some_and(|field| field.is_on(project)));
        mine.map(|project| json!({"projectId": project.id.to_string()})).collect()
    })
    .of(OF_FIELD),
    admin("/rest/api/3/field/{fieldId}/context/defaultValue", Style::Bean(50), default_value)
        .of(OF_FIELD),
    admin(
        "/rest/api/3/field/{fieldId}/context/{contextId}/option",
        Style::WideBean("maxResults"),
        options,
    )
    .of(&[Parent::Path(Kind::CustomField), Parent::Path(Kind::Context)])
    .refusing(|s| {
        field(s).is_none_or(|field| field.options().is_empty()).then(|| {
            Refusal::bad(said(
                "The custom field type does not support options.",
                "이 사용자 지정 필드 유형은 옵션을 지원하지 않습니다.",
            ))
        })
    }),
];

/// The custom fields of the whole site.
pub(crate) fn site_wide() -> impl Iterator<Item = &'static CustomField> {
    custom::FIELDS.iter().filter(|field| !matches!(field.place, custom::Place::Only(_)))
}

/// The context of a custom field.
pub(crate) fn context_of(field: &str) -> Option<u32> {
    let number: u32 = field.strip_prefix("customfield_")?.parse().ok()?;
    Some(number + 100)
}

fn field(s: &Scene<'_>) -> Option<&'static CustomField> {
    site_wide().find(|field| field.id() == s.parent(0))
}

fn context_id(s: &Scene<'_>) -> u32 {
    context_of(s.parent(0)).unwrap_or(0)
}

fn is_global(s: &Scene<'_>) -> bool {
    field(s).is_none_or(|field| matches!(field.place, custom::Place::Everywhere))
}

fn context_name(s: &Scene<'_>) -> String {
    format!("Context for {}", field(s).map_or("nothing", |field| field.name))
}

fn context(s: &Scene<'_>) -> Value {
    let id = context_id(s);
    s.record(
        "CustomFieldContext",
        id,
        json!({"id": id.to_string(), "name": context_name(s),
        "isGlobalContext": is_global(s), "isAnyIssueType": !id.is_multiple_of(3)}),
    )
}

fn project_mapping(s: &Scene<'_>) -> Vec<Value> {
    let id = context_id(s).to_string();
    if is_global(s) {
        return vec![json!({"contextId": id, "isGlobalContext": true})];
    }
    let projects = s.view.live_projects().into_iter();
    let mine = projects.filter(|project| field(s).is_some_and(|field| field.is_on(project)));
    mine.map(|project| json!({"contextId": id, "projectId": project.id.to_string()})).collect()
}

fn default_value(s: &Scene<'_>) -> Vec<Value> {
    let id = context_id(s).to_string();
    let options = field(s).map(CustomField::options).unwrap_or_default();
    match options.first() {
        Some((option, ..)) => {
            vec![json!({"type": "option.single", "contextId": id, "optionId": option.to_string()})]
        }
        None => vec![json!({"type": "textfield",
                "text": words::sentence(&mut s.dice(3, u64::from(context_id(s))))})],
    }
}

/// The options of a field; a part of another one names it.
fn options(s: &Scene<'_>) -> Vec<Value> {
    let options = field(s).map(CustomField::options).unwrap_or_default();
    let all = options.into_iter().map(|(id, value, parent)| {
        let mut option = json!({"id": id.to_string(), "value": value, "disabled": id % 10 == 4});
        if let Some(parent) = parent {
            option["optionId"] = json!(parent.to_string());
        }
        option
    });
    all.collect()
}

fn trashed(s: &Scene<'_>, n: u32) -> Value {
    let number = 12_000 + n;
    let id = format!("customfield_{number}");
    s.record(
        "Field",
        number,
        json!({"id": id, "key": id, "schema": {"type": "string", "customId": number,
        "custom": "com.atlassian.jira.plugin.system.customfieldtypes:textfield"},
        "lastUsed": {"type": "NOT_TRACKED"}, "stableId": format!("sfid:{id}")}),
    )
}
