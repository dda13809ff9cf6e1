//! The form of `case.toml`. What is not listed here is an error.

use std::{collections::BTreeMap, net::SocketAddr};

use serde::Deserialize;
use serde_json::{Map, Value};

/// One case: a world, what is asked in it, and what must come of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    /// Which client or rule needs this, in a sentence.
    pub(super) why: String,
    /// The settings file, if there is one.
    pub(super) settings: Option<String>,
    /// Variables besides, or in place of, those that every case has.
    #[serde(default)]
    pub(super) environment: BTreeMap<String, String>,
    /// The projected token at start.
    #[serde(default)]
    pub(super) token_file: TokenFile,
    /// What Entra answers: the first request gets the first. All must be used, and no more may be asked.
    #[serde(default)]
    pub(super) entra: Vec<Reaction>,
    /// The node's own metadata service. With it the case runs in a network of its own, where the address of that service
    /// is on `lo`.
    pub(super) node: Option<Node>,
    /// Files besides the token and the settings, by name.
    #[serde(default)]
    pub(super) files: BTreeMap<String, String>,
    /// What is asked, in this order.
    pub(super) request: Vec<Request>,
    /// What the log must say.
    #[serde(default)]
    pub(super) log: Vec<LogLine>,
    /// What no output may hold, besides the assertions and the issued tokens.
    #[serde(default)]
    pub(super) never: Vec<String>,
    /// Texts that the log may not hold, but answers may.
    #[serde(default)]
    pub(super) never_logged: Vec<String>,
}

/// What is at the path of the projected token. Without anything said: a good token.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenFile {
    /// Claims besides, or in place of, the usual ones.
    #[serde(default)]
    pub(super) claims: Map<String, Value>,
    /// When the token begins and ends, in seconds from now.
    pub(super) begins: Option<i64>,
    pub(super) ends: Option<i64>,
    /// This text instead of a token.
    pub(super) text: Option<String>,
    /// These bytes instead of a token.
    pub(super) bytes: Option<Vec<u8>>,
    /// That many letters instead of a token.
    pub(super) letters: Option<usize>,
    /// Nothing.
    #[serde(default)]
    pub(super) absent: bool,
    /// A directory.
    #[serde(default)]
    pub(super) directory: bool,
    /// A symbolic link to this path.
    pub(super) link: Option<String>,
}

/// The metadata service of the node that the pod runs on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Node {
    /// Nobody listens at its address.
    #[serde(default)]
    pub(super) absent: bool,
    /// What it answers, as Entra does; without an answer, it must not be asked.
    #[serde(default)]
    pub(super) answer: Vec<Reaction>,
}

/// One answer of Entra or of the node, or none.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reaction {
    /// The HTTP status; 200 unless given.
    pub(super) status: Option<u16>,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    /// The body as it is.
    pub(super) body: Option<String>,
    /// The body, in a file beside `case.toml`.
    pub(super) body_file: Option<String>,
    /// The body: a token.
    pub(super) token: Option<Issue>,
    /// The body: an error as Entra words it.
    pub(super) error: Option<EntraError>,
    /// The connection is reset instead.
    #[serde(default)]
    pub(super) reset: bool,
    /// Nothing ever comes.
    #[serde(default)]
    pub(super) hang: bool,
    /// What the request must have said. To Entra: by form field, and `tenant` is the one in its path. To the node: by
    /// header, and `target` is the target.
    #[serde(default)]
    pub(super) asked: BTreeMap<String, String>,
}

/// A token to issue.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Issue {
    /// Claims of the token itself.
    #[serde(default)]
    pub(super) claims: Map<String, Value>,
    /// Fields of the body besides, or in place of, the usual ones.
    #[serde(default)]
    pub(super) fields: Map<String, Value>,
    /// Usual fields that are left out.
    #[serde(default)]
    pub(super) omit: Vec<String>,
}

/// An error in Entra's usual form.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EntraError {
    pub(super) code: u32,
    pub(super) error: String,
    /// What follows the number.
    pub(super) text: String,
    /// The older form, with escaped line ends.
    #[serde(default)]
    pub(super) lines: bool,
}

/// One request of the application.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    /// What happens before it is sent.
    #[serde(default)]
    pub(super) before: Before,
    #[serde(default = "get")]
    pub(super) method: String,
    /// The target; what follows `/metadata/identity/oauth2/token?api-version=2018-02-01&` may be given as `query` instead.
    pub(super) target: Option<String>,
    pub(super) query: Option<String>,
    #[serde(default = "http_1_1")]
    pub(super) version: String,
    /// Headers besides, or in place of, `Host` and `Metadata: true`; an empty value takes one away.
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) body: String,
    /// The whole request as it is, in place of all the above. Line ends are written as CR LF.
    pub(super) raw: Option<String>,
    #[serde(default)]
    pub(super) connection: Connection,
    /// It is sent once for each of these, which `{each}` stands for, also in what is expected.
    #[serde(default)]
    pub(super) each: Vec<String>,
    /// How often it is sent, one after another.
    #[serde(default = "once")]
    pub(super) repeat: usize,
    /// How many are sent at once, each on a connection of its own.
    #[serde(default = "once")]
    pub(super) at_once: usize,
    /// The answer is not waited for: the connection stays open, and unread, until the end.
    #[serde(default)]
    pub(super) left_waiting: bool,
    /// The application closes its sending side once the request is out.
    #[serde(default)]
    pub(super) half_closed: bool,
    /// Another address that the sidecar listens on.
    pub(super) to: Option<SocketAddr>,
    pub(super) expect: Option<Expect>,
}

/// What happens between two requests, in this order.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Before {
    /// The projected token is replaced.
    pub(super) token_file: Option<TokenFile>,
    /// The settings file is replaced.
    pub(super) settings: Option<String>,
    /// Other files are replaced, by name.
    #[serde(default)]
    pub(super) files: BTreeMap<String, String>,
    /// SIGHUP is sent, and its effect waited for.
    #[serde(default)]
    pub(super) hangup: bool,
}

/// Which connection a request goes over.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Connection {
    #[default]
    New,
    /// That of the request before, after its answer.
    Kept,
    /// That of the request before, written together with it.
    Pipelined,
}

/// What the answer must be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expect {
    /// Status and reason phrase, such as `400 Bad Request`.
    pub(super) status: String,
    #[serde(default = "http_1_1")]
    pub(super) version: String,
    /// Headers with their exact values, or a range such as `1..=20` for numbers.
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    /// Headers that must not be there.
    #[serde(default)]
    pub(super) absent: Vec<String>,
    /// The whole body, with placeholders.
    pub(super) body: Option<String>,
    /// The body as JSON.
    pub(super) json: Option<Value>,
    /// Texts that the body must hold.
    #[serde(default)]
    pub(super) has: Vec<String>,
    /// Texts that it must not.
    #[serde(default)]
    pub(super) lacks: Vec<String>,
    /// No body at all, as for HEAD and for what is not HTTP.
    #[serde(default)]
    pub(super) empty: bool,
    /// Whether the connection is closed after the answer.
    pub(super) closed: Option<bool>,
    /// It is metadata, which need not be JSON and holds no token.
    #[serde(default)]
    pub(super) metadata: bool,
    /// How many requests Entra has got so far.
    pub(super) exchanges: Option<usize>,
    /// The longest time for it, in milliseconds.
    pub(super) within_ms: Option<u64>,
}

/// A line of the log.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LogLine {
    /// Fields that it has; texts with placeholders.
    pub(super) fields: Map<String, Value>,
    /// How many such lines there are; at least one unless given.
    pub(super) lines: Option<usize>,
}

fn get() -> String {
    "GET".into()
}

fn http_1_1() -> String {
    "HTTP/1.1".into()
}

const fn once() -> usize {
    1
}
