//! One operation of the interface, put together from what is particular to it and what all have in common.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::schema::named;
use crate::problem::Code;

/// Refusals that any request may get, whatever it asks: they are described once, as answers of their own.
pub(super) const COMMON: [Code; 8] = [
    Code::InvalidRequest,
    Code::OriginNotAllowed,
    Code::RequestTimeout,
    Code::TooLarge,
    Code::UnsupportedMediaType,
    Code::SlowDown,
    Code::Internal,
    Code::Busy,
];

/// Who may ask, and how they show it.
#[derive(Clone, Copy)]
pub(super) enum By {
    /// Whoever watches over the server: none of the common refusals either.
    Watcher,
    Anybody,
    /// Anybody; a proof, if there is one, has to be right.
    MaybeKey,
    /// The holder of a key, by its proof.
    Key,
    /// The holder of a key, or a signed-in device, as what is asked for needs.
    KeyOrDevice,
    /// Whoever runs the server.
    Operator,
    /// A desktop with its login, by proof or device id.
    Desk,
    /// A page of ours with its login, by proof and login cookie.
    OwnPage,
    /// A desktop that collects or renews its tokens.
    TokenHolder,
    /// A phone, also one that has to wait before it may approve.
    AnyPhone,
    /// A phone that may approve.
    Phone,
    /// A phone that may approve, on which the password was given in the last minutes.
    VerifiedPhone,
    /// A signed-in device of any kind, to look at what is its own.
    Device,
    /// A signed-in device of any kind, to change what is its own.
    DeviceThatActs,
}

impl By {
    /// The ways to show it, each a set of schemes that belong together.
    fn security(self) -> Value {
        match self {
            Self::Watcher | Self::Anybody => json!([]),
            Self::MaybeKey => json!([{}, { "proof": [] }]),
            Self::Key => json!([{ "proof": [] }]),
            Self::KeyOrDevice => json!([
                { "proof": [] },
                { "token": [], "proof": [] },
                { "session": [], "proof": [] },
            ]),
            Self::Operator => json!([{ "operator": [] }]),
            Self::Desk => json!([
                { "proof": [] },
                { "proof": [], "loginCookie": [] },
                { "deviceId": [] },
            ]),
            Self::OwnPage => json!([{ "proof": [], "loginCookie": [] }]),
            Self::TokenHolder => json!([{ "proof": [] }, { "deviceId": [] }]),
            Self::AnyPhone | Self::Phone | Self::VerifiedPhone => {
                json!([{ "token": [], "proof": [] }])
            }
            Self::Device => json!([
                { "token": [], "proof": [] },
                { "bearerToken": [], "deviceId": [] },
                { "session": [] },
                { "session": [], "proof": [] },
            ]),
            Self::DeviceThatActs => json!([
                { "token": [], "proof": [] },
                { "bearerToken": [], "deviceId": [] },
                { "session": [], "proof": [] },
            ]),
        }
    }

    /// What is refused when it was not shown.
    fn codes(self) -> &'static [Code] {
        const PROOF: [Code; 2] = [Code::InvalidProof, Code::UseDpopNonce];
        const TOKEN: [Code; 3] = [Code::InvalidProof, Code::UseDpopNonce, Code::InvalidToken];
        const ANY_PHONE: [Code; 4] = [
            Code::InvalidProof,
            Code::UseDpopNonce,
            Code::InvalidToken,
            Code::NotAPhone,
        ];
        const PHONE: [Code; 5] = [
            Code::InvalidProof,
            Code::UseDpopNonce,
            Code::InvalidToken,
            Code::NotAPhone,
            Code::PhoneWaiting,
        ];
        const VERIFIED: [Code; 6] = [
            Code::InvalidProof,
            Code::UseDpopNonce,
            Code::InvalidToken,
            Code::NotAPhone,
            Code::PhoneWaiting,
            Code::VerificationRequired,
        ];
        match self {
            Self::Watcher | Self::Anybody | Self::TokenHolder => &[],
            Self::MaybeKey | Self::Key | Self::Desk | Self::OwnPage => &PROOF,
            Self::Device | Self::DeviceThatActs | Self::KeyOrDevice => &TOKEN,
            Self::Operator => &[Code::InvalidToken],
            Self::AnyPhone => &ANY_PHONE,
            Self::Phone => &PHONE,
            Self::VerifiedPhone => &VERIFIED,
        }
    }
}

/// An operation under way to its description.
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    by: By,
    summary: &'static str,
    description: &'static str,
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: Map<String, Value>,
    codes: Vec<Code>,
}

/// An operation with its summary, for who may ask it.
pub(super) fn operation(
    (method, path): (&'static str, &'static str),
    by: By,
    summary: &'static str,
) -> Operation {
    Operation {
        method,
        path,
        by,
        summary,
        description: "",
        parameters: Vec::new(),
        body: None,
        answers: Map::new(),
        codes: by.codes().to_vec(),
    }
}

impl Operation {
    /// What there is to know beyond the summary.
    pub(super) fn says(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    /// Takes a parameter of path, query or header.
    pub(super) fn parameter(mut self, name: &str, place: &str, schema: &Value) -> Self {
        let required = place == "path";
        self.parameters
            .push(json!({ "name": name, "in": place, "required": required, "schema": schema }));
        self
    }

    /// Takes a JSON body.
    pub(super) fn takes(self, schema: &str) -> Self {
        self.takes_as("application/json", schema)
    }

    /// Takes a body of this type.
    pub(super) fn takes_as(mut self, kind: &str, schema: &str) -> Self {
        let content = json!({ kind: { "schema": named(schema) } });
        self.body = Some(json!({ "required": true, "content": content }));
        self
    }

    /// Answers a success in JSON.
    pub(super) fn answers(self, status: u16, description: &str, schema: &Value) -> Self {
        self.answers_as(status, description, "application/json", schema)
    }

    /// Answers in this type; further types of the same status are added to it.
    pub(super) fn answers_as(
        mut self,
        status: u16,
        description: &str,
        kind: &str,
        schema: &Value,
    ) -> Self {
        let answer = self.answer(status, description);
        answer["content"][kind] = json!({ "schema": schema });
        self
    }

    /// Answers without a body.
    pub(super) fn answers_nothing(mut self, status: u16, description: &str) -> Self {
        self.answer(status, description);
        self
    }

    /// The answer of this status carries this header, always or sometimes.
    pub(super) fn header(mut self, status: u16, name: &str, description: &str) -> Self {
        let header = json!({ "description": description, "schema": { "type": "string" } });
        self.answer(status, "")["headers"][name] = header;
        self
    }

    /// Refuses with these codes beside those of its callers.
    pub(super) fn refuses(mut self, codes: &[Code]) -> Self {
        self.codes.extend(codes);
        self
    }

    fn answer(&mut self, status: u16, description: &str) -> &mut Value {
        self.answers
            .entry(status.to_string())
            .or_insert_with(|| json!({ "description": description }))
    }

    /// The description, as OpenAPI has it. `shared` says which other sites' pages may ask.
    pub(super) fn described(mut self, tag: &str, shared: Option<&str>) -> Value {
        for (status, codes) in self.by_status() {
            let status_text = status.to_string();
            match self.answers.get_mut(&status_text) {
                // Described already, in another form of error.
                Some(known) => {
                    const KIND: &str = "application/problem+json";
                    known["content"][KIND] = problem(status, &codes)["content"][KIND].take();
                }
                None => {
                    self.answers.insert(status_text, refusal(status, &codes));
                }
            }
        }
        let mut described = json!({
            "operationId": id_of(self.method, self.path),
            "tags": [tag],
            "summary": self.summary,
            "security": self.by.security(),
            "responses": self.answers,
        });
        let description = [self.description, shared.unwrap_or_default()];
        let description = description.join(" ").trim().to_owned();
        for (name, value) in [
            ("description", json!(description)),
            ("parameters", Value::Array(self.parameters)),
            ("requestBody", self.body.unwrap_or(json!(""))),
        ] {
            if value != json!("") && value != json!([]) {
                described[name] = value;
            }
        }
        described
    }

    fn by_status(&self) -> BTreeMap<u16, Vec<Code>> {
        let mut all: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
        let common: &[Code] = if matches!(self.by, By::Watcher) {
            &[]
        } else {
            &COMMON
        };
        for code in common.iter().chain(&self.codes) {
            let codes = all.entry(code.status().as_u16()).or_default();
            if !codes.contains(code) {
                codes.push(*code);
            }
        }
        all
    }
}

/// `POST /v1/logins/{login_id}/wait` as `post_v1_logins_login_id_wait`: a name that follows from the URL.
fn id_of(method: &str, path: &str) -> String {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    std::iter::once(method)
        .chain(words)
        .collect::<Vec<_>>()
        .join("_")
}

/// The answer of a refusal with one of these codes, all of one status.
fn refusal(status: u16, codes: &[Code]) -> Value {
    if let [code] = codes
        && COMMON.contains(code)
    {
        return json!({ "$ref": format!("#/components/responses/{}", code.as_str()) });
    }
    problem(status, codes)
}

/// A problem with one of these codes.
pub(super) fn problem(status: u16, codes: &[Code]) -> Value {
    let words: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    let sentences: Vec<&str> = codes.iter().map(|code| code.title()).collect();
    let schema = json!({
        "$ref": "#/components/schemas/Problem",
        "properties": { "code": { "enum": words } },
    });
    let mut answer = json!({
        "description": sentences.join(" "),
        "content": { "application/problem+json": { "schema": schema } },
    });
    let header = |text: &str| json!({ "description": text, "schema": { "type": "string" } });
    if status == 401 {
        answer["headers"]["WWW-Authenticate"] = header("What would help (RFC 9449 §7.1).");
    }
    if codes.contains(&Code::UseDpopNonce) {
        let text = "With `use_dpop_nonce`: what the next proof must carry (RFC 9449 §8).";
        answer["headers"]["DPoP-Nonce"] = header(text);
    }
    if matches!(status, 429 | 503) {
        answer["headers"]["Retry-After"] = header("Seconds.");
    }
    answer
}
