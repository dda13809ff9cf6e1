//! Secrets in texts of others: tokens, client secrets, and what stands behind the name of a secret, however that is written. What
//! is no secret may be taken for one; what is one may still be shown where nothing around it says so.

use std::{borrow::Cow, sync::LazyLock};

use regex_lite::{Captures, Regex};

use super::{SECRET, is_hidden, without_tokens};

/// How names of secrets end, in small letters.
const NAME: &str = r"[a-z0-9_.-]*(?:secret|password|passwd|passphrase|pwd|assertion|identity[_-]?header|(?:access|account|api|storage|secret|primary|secondary|master|subscription|shared|private)[_.-]?key)|(?:[a-z0-9.-]*[_.-])?(?:pass|sig)";

/// Names that sentences have too, before a colon.
const PROSE: &str = r"[a-z0-9_.-]*token|sas";

/// Where secrets stand. The first group is shown, the second is the secret, and what follows them is shown as well.
/// `NAME` and `PROSE` stand for the above.
const PATTERNS: &[(&str, Sure)] = &[
    // In a URL, before the host.
    (r"(://[^\s/@:]*:)([^\s/@]+)@", Sure::Always),
    (r"(-----BEGIN [A-Z ]*PRIVATE KEY-----)([^-]+)", Sure::Always),
    // Headers.
    (r"(?i)\b(authorization\W{1,8}(?:bearer|basic|sharedkey|negotiate)\s+)([^\s\x22',]+)", Sure::Always),
    (r"\b((?:Bearer|bearer|Basic|SharedKey) +)([\w.~+/:-]{8,}=*)", Sure::IfLikely),
    (r"(?i)\b((?:set-)?cookie\s*: *)([^\r\n\x22]+)", Sure::Always),
    // In quotes: with blanks in it.
    (r"(?i)\b((?:NAME|PROSE)[\x22'\\]*\s*(?:=>|=|:)\s*\\*\x22)([^\x22\\]+)", Sure::Always),
    (r"(?i)\b((?:NAME|PROSE)[\x22'\\]*\s*(?:=>|=|:)\s*')([^']+)", Sure::Always),
    (r"(?i)\b((?:NAME|PROSE)(?:=|%3D)&quot;)([^&]+)", Sure::Always),
    // Without.
    (r"(?i)\b((?:NAME|PROSE)\s*(?:=>|=|%3D) *)([^\s\x22'&,;<>`)\]}\x1b\\]+)", Sure::Always),
    (r"(?i)\b((?:NAME)[\x22'\\]*:\s*)([^\s\x22'&,;<>`)\]}\x1b\\]+)", Sure::Always),
    (r"(?i)\b((?:PROSE)[\x22'\\]*:\s*)([^\s\x22'&,;<>`)\]}\x1b\\]+)", Sure::IfLikely),
    // Arguments.
    (r"(?i)(--(?:NAME)[\x22',]*\s+[\x22']?)([^\s\x22',]+)", Sure::Always),
    (r"(?i)(--(?:PROSE)[\x22',]*\s+[\x22']?)([^\s\x22',]+)", Sure::IfLikely),
    (r"(-u [^\s:]+:)([^\s\x22']+)", Sure::Always),
    // Variables of containers, as JSON and as kubelets print them; XML; a login of Docker.
    (
        r"(?i)(name\x22?\s*:\s*\x22?(?:NAME|PROSE)\x22?\s*,\s*\x22?value\x22?\s*:\s*\x22?)([^\x22\s,}]+)",
        Sure::Always,
    ),
    (r"(?i)(<(?:NAME|PROSE)>)([^<]+)", Sure::Always),
    (r"(?i)(key=\x22(?:NAME|PROSE)\x22\s+value=\x22)([^\x22]+)", Sure::Always),
    (r"(\x22auth\x22\s*:\s*\x22)([^\x22]+)", Sure::Always),
    // Client secrets of Entra, as URLs and programs write the tilde.
    (r"(\b)([\w.-]{3}[0-9]Q(?:%7E|\\u007e)[\w.%\\-]{30,})", Sure::Always),
    // What is left of a token whose dots a URL has in its own way.
    (r"(\[token\])(%2E[\w%-]+)", Sure::Always),
];

/// How marks begin.
const MARKS: [&str; 2] = ["[secret", "[token"];

/// Whether what stands in such a place is a secret.
#[derive(Clone, Copy, Debug)]
enum Sure {
    Always,
    /// Only if it has a digit, or is long: others write words there.
    IfLikely,
}

static REGEXES: LazyLock<Vec<(Regex, Sure)>> = LazyLock::new(|| {
    let regex = |pattern: &str| Regex::new(&pattern.replace("NAME", NAME).replace("PROSE", PROSE));
    // A test holds that all are regular expressions.
    let all = PATTERNS.iter();
    all.filter_map(|(pattern, sure)| Some((regex(pattern).ok()?, *sure)))
        .collect()
});

/// `text` with a mark in the place of what looks like a secret, also where hidden letters are in it.
pub(crate) fn without_secrets(text: &str) -> String {
    let joined: String = text
        .chars()
        .filter(|letter| letter.is_control() || !is_hidden(*letter))
        .collect();
    let of_joined = masked(&joined);
    if of_joined == joined && joined != text { masked(text) } else { of_joined }
}

fn masked(text: &str) -> String {
    let mut text = without_tokens(text);
    for (regex, sure) in REGEXES.iter() {
        let mark = |found: &Captures<'_>| {
            let secret = &found[2];
            let behind = found[0]
                .get(found[1].len() + secret.len()..)
                .unwrap_or_default();
            let is_secret = match sure {
                // What was marked before stays.
                _ if MARKS.iter().any(|mark| secret.starts_with(mark)) => false,
                Sure::Always => true,
                Sure::IfLikely => is_likely(secret),
            };
            format!("{}{}{behind}", &found[1], if is_secret { SECRET } else { secret })
        };
        if let Cow::Owned(marked) = regex.replace_all(&text, mark) {
            text = marked;
        }
    }
    text
}

fn is_likely(word: &str) -> bool {
    word.len() >= 24 || word.contains(|letter: char| letter.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{PATTERNS, REGEXES, without_secrets};

    /// In the form of those that Entra makes.
    const CLIENT_SECRET: &str = "abC8Q~MARKED-secret.MARKED_secret~MARKED";

    #[test]
    fn all_patterns_are_regular_expressions() {
        assert_eq!(REGEXES.len(), PATTERNS.len());
    }

    #[test]
    fn secrets_are_not_shown_however_they_are_written() {
        let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJMARKED.TUFSS0VEMARKED";
        let text = format!("got {jwt}, Bearer%20{jwt} '{CLIENT_SECRET}' --x={CLIENT_SECRET}!");
        assert_eq!(without_secrets(&text), "got [token], Bearer%20[token] '[secret]' --x=[secret]!");
        for text in [
            "postgres://u:MARKED1@host/db",
            "redis://:MARKED1@h",
            "DATABASE_URL=amqps://u:MARKED1@h/d",
            "Server=a;Password=MARKED1;Database=b",
            "PWD='MARKED1';x",
            "password=\"MAR,KED MARKED1\",x",
            "password='MARKED1",
            "a?sig=MARKED1,b?sig=MARKED1&c",
            "AccountName=a;AccountKey=MARKED1==;x",
            "AZURE_STORAGE_KEY=MARKED1 api_key=MARKED1 apikey=MARKED1 X-Api-Key: MARKED1",
            "Ocp-Apim-Subscription-Key: MARKED1 primaryKey: MARKED1",
            "REDIS_PASS=MARKED1 passphrase=MARKED1 client_assertion=MARKED1",
            "IDENTITY_HEADER=MARKED1 X-IDENTITY-HEADER: MARKED1 MSI_SECRET=MARKED1",
            "token=MARKED1 access_token: MARKED1 accessToken: 'MARKED1' sas_token=MARKED1",
            "AZURE_CLIENT_SECRET: MARKED1",
            "{\"Access_Token\":\"MARKED1\",\"a\":1}",
            "{\\\"password\\\":\\\"MARKED1\\\"}",
            "{\"name\":\"AZURE_CLIENT_SECRET\",\"value\":\"MARKED1\"}",
            "Name:AZURE_CLIENT_SECRET,Value:MARKED1,ValueFrom:nil",
            "--password MARKED1 --client-secret=MARKED1 [\"--token\", \"MARKED1\"]",
            "curl -u a:MARKED1 x",
            "ssl.keystore.password = MARKED1",
            "PASSWORD =MARKED1 password => MARKED1",
            "password%3DMARKED1&a password=&quot;MARKED1&quot;",
            "<password>MARKED1</password><add key=\"Password\" value=\"MARKED1\"/>",
            "Authorization: Basic MARKED1= b",
            "authorization: bearer MARKED",
            "\"Authorization\": [\"Bearer MARKED1\"]",
            "Authorization: SharedKey acc:MARKED1",
            "cannot be `Bearer hUnt3rMARKED`",
            "Cookie: session=MARKED1",
            "-----BEGIN PRIVATE KEY-----MARKED1\nMARKED1-----END",
            "{\"auths\":{\"r\":{\"auth\":\"MARKED1\"}}}",
            "abC8Q%7EMARKED-secret.MARKED_secretMARKEDx",
            "abC8Q\\u007eMARKED-secret.MARKED_secretMARKEDx",
            "eyJhbGciOiJSUzI1NiJ9%2EMARKED%2EMARKED",
            "abC8Q~FAKE0secret\u{200b}FAKEMARKED0123456789012",
            "password=h\u{200b}MARKED1 Be\u{ad}arer MARKED12",
        ] {
            let shown = without_secrets(text);
            assert!(
                !shown.contains("MARKED") && shown.contains("[secret]") | shown.contains("[token]"),
                "{shown}"
            );
        }
        assert_eq!(
            without_secrets("cannot be `Pwd=MARKED;x`: expected"),
            "cannot be `Pwd=[secret];x`: expected"
        );
        let colours = format!("'\u{1b}[33m{CLIENT_SECRET}\u{1b}[0m'");
        assert_eq!(without_secrets(&colours), "'\u{1b}[33m[secret]\u{1b}[0m'");
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        for text in [
            "",
            "a  b\n",
            "Q~ abc8Q~short",
            "signal: 9, config=x",
            "eyJ eyJabc",
            "password authentication failed for user \"app\"",
            "no password supplied",
            "must have 'client_assertion' or 'client_secret'",
            "WWW-Authenticate: Bearer authorization=\"https://login.example\", resource=a",
            "volume \"password\" : secret \"password\" not found",
            "Basic constraints of certificate are wrong",
            "registry.example/keyJobsProcessor:1.0 surveyJobsRunner-1 greyJacketService.web",
            "no bearer token",
            "cannot read the token: No such file",
            "invalid token: expected three parts",
            "AZURE_FEDERATED_TOKEN_FILE=/var/run/secrets/token",
            "unknown key: `modes`",
            "the proxy (`--token webhook`), or",
            "password=;x",
            "registry.example/a:b@sha256:0123456789",
            "a\u{200b}b",
        ] {
            assert_eq!(without_secrets(text), text);
        }
    }
}
