//! Commands for a shell, to be copied.

use super::{
    app::{AppRequest, PATH},
    stage::OTHER_NAME,
};
use crate::{emulator::CredentialConfig, jwt::Claims};

/// The command that asks `question`, on several lines.
pub(super) fn curl(request: &AppRequest) -> Vec<String> {
    let mut lines = vec![format!("curl -sG -H 'Metadata: true' http://{}{PATH}", request.to)];
    lines.extend(
        request
            .query()
            .split('&')
            .map(|pair| format!("    -d {pair}")),
    );
    continued(lines)
}

/// `lines` of one command, as a shell takes them together.
pub(super) fn continued(mut lines: Vec<String>) -> Vec<String> {
    let last = lines.len().saturating_sub(1);
    for line in lines.iter_mut().take(last) {
        line.push_str(" \\");
    }
    lines
}

/// The command that lets `credential` trust the token.
pub(super) fn repair(credential: &CredentialConfig, claims: &Claims) -> Vec<String> {
    let text = |claim: &Option<String>| claim.clone().unwrap_or_default();
    continued(vec![
        "az identity federated-credential update --resource-group RESOURCE_GROUP".into(),
        format!("    --identity-name {OTHER_NAME} --name {}", credential.name),
        format!("    --issuer {}", text(&claims.issuer)),
        format!("    --subject {}", text(&claims.subject)),
        format!("    --audiences {}", claims.audiences.join(" ")),
    ])
}
