//! What an endpoint answers: a reply, or a refusal in Atlassian's envelope.

use serde_json::{Map, Value, json};

/// A text in the languages the site speaks.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    english: String,
    korean: String,
}

/// A text in both languages.
pub(crate) fn said(english: impl Into<String>, korean: impl Into<String>) -> Message {
    Message { english: english.into(), korean: korean.into() }
}

/// The language of error texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Korean,
}

impl Message {
    fn in_language(self, language: Language) -> String {
        match language {
            Language::English => self.english,
            Language::Korean => self.korean,
        }
    }
}

/// A refusal: a status, general messages and messages about single fields.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    status: u16,
    messages: Vec<Message>,
    fields: Vec<(String, Message)>,
}

impl Refusal {
    /// A refusal with one message.
    pub(crate) fn new(status: u16, message: Message) -> Self {
        Self { status, messages: vec![message], fields: Vec::new() }
    }

    /// A refusal about one field of the request.
    pub(crate) fn about(field: &str, message: Message) -> Self {
        Self { status: 400, messages: Vec::new(), fields: vec![(field.to_owned(), message)] }
    }

    /// 400 with a text.
    pub(crate) fn bad(message: Message) -> Self {
        Self::new(400, message)
    }

    /// 401: nobody is logged in.
    pub(crate) fn anonymous() -> Self {
        Self::new(
            401,
            said(
                "Client must be authenticated to access this resource.",
                "이 리소스에 액세스하려면 클라이언트를 인증해야 합니다.",
            ),
        )
    }

    /// 401 where Jira means 403.
    pub(crate) fn unauthorised() -> Self {
        Self::new(
            401,
            said(
                "You are not authorized to perform this action.",
                "이 작업을 수행할 권한이 없습니다.",
            ),
        )
    }

    /// 403.
    pub(crate) fn forbidden() -> Self {
        Self::new(
            403,
            said(
                "You do not have permission to perform this operation.",
                "이 작업을 수행할 수 있는 권한이 없습니다.",
            ),
        )
    }

    /// 404, for what does not exist and for what may not be seen.
    pub(crate) fn missing(what: &str) -> Self {
        Self::new(
            404,
            said(
                format!("{what} does not exist or you do not have permission to see it."),
                format!("{what}이(가) 없거나 볼 수 있는 권한이 없습니다."),
            ),
        )
    }

    /// The same refusal under another status.
    pub(crate) fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// The reply a caller sees.
    pub(crate) fn reply(self, language: Language) -> Reply {
        let messages: Vec<String> =
            self.messages.into_iter().map(|message| message.in_language(language)).collect();
        let fields: Map<String, Value> = self
            .fields
            .into_iter()
            .map(|(field, message)| (field, Value::String(message.in_language(language))))
            .collect();
        Reply::json(json!({"errorMessages": messages, "errors": fields})).with_status(self.status)
    }
}

/// The content of a reply.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    Json(Value),
    /// Content type and text.
    Text(String, Vec<u8>),
}

/// An answer on its way out.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) content: Content,
}

impl Reply {
    /// 200 with a JSON value.
    pub(crate) fn json(value: Value) -> Self {
        Self { status: 200, headers: Vec::new(), content: Content::Json(value) }
    }

    /// 200 with a text of some type.
    pub(crate) fn text(kind: &str, text: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            content: Content::Text(kind.to_owned(), text.into()),
        }
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// What an endpoint gives back.
pub(crate) type Answer = Result<Value, Refusal>;
