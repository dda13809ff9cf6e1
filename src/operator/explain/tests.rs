use super::{explain, json, text};

/// What is told of `pasted`, without the texts of the tables.
fn titles(pasted: &str) -> String {
    let explained = explain(pasted);
    let titles: Vec<_> = explained
        .found
        .iter()
        .map(|found| format!("{} {:?}", found.title, found.lines))
        .collect();
    titles.join("\n")
}

const REFUSED: &str = r#"{"time":"2026-11-30T02:58:01.5Z","level":"WARN","namespace":"shop","operation":"exchange","result":"failure","errorCategory":"federated_credential","errorClass":"propagation","latency_ms":31.2,"aadsts":700213,"correlation_id":"5ca1ab1e-0000-4000-8000-000000000000","message":"AADSTS700213: No matching federated identity record found for presented assertion subject 'system:serviceaccount:shop:cart'. Fix: set the credential's subject."}"#;

#[test]
fn people_see_what_it_means_the_fix_and_where_to_read_on() {
    let pasted = format!("wisp is serving\n{REFUSED}\n{REFUSED}");
    insta::assert_snapshot!(text(&explain(&pasted)), @"
    AADSTS700213
        No federated identity credential has this subject.
        fix: set the credential's subject to system:serviceaccount:NAMESPACE:NAME of this pod's service account, as presented.
        meanwhile: wisp answers 503 in the first minutes, while the change may still be spreading through Entra, and 400 afterwards; it keeps asking now and then.
        see: docs/troubleshooting.md#federated-credential-and-assertion
        stands in: lines 2, 3
    ");
}

#[test]
fn programs_get_the_same() {
    insta::assert_snapshot!(json(&explain("wisp-init: exit code 77\nForbiddenByRbac")), @r#"
    {
      "explanations": [
        {
          "check": null,
          "fix": "Add NET_ADMIN to the init container with the seccomp profile RuntimeDefault, or inject with the mode env or http-proxy.",
          "kind": "exitCode",
          "lines": [
            1
          ],
          "meaning": "The capability NET_ADMIN is missing, or a profile forbids to use it.",
          "meanwhile": null,
          "see": "docs/redirect.md#exit-codes",
          "title": "exit code 77"
        },
        {
          "check": "probe-answer",
          "fix": "Assign Key Vault Secrets User (or Certificate User, Crypto User) on the vault to the identity's object id, and wait up to ten minutes.",
          "kind": "phrase",
          "lines": [
            2
          ],
          "meaning": "The token is good. The identity has no role on this vault that allows the operation, or the assignment has not spread yet.",
          "meanwhile": null,
          "see": "docs/doctor.md#probe-answer",
          "title": "Key Vault: ForbiddenByRbac"
        }
      ],
      "unknownNumbers": [],
      "version": 1
    }
    "#);
}

#[test]
fn an_error_of_an_sdk_is_explained_from_its_cause_outwards() {
    let go = "DefaultAzureCredential: failed to acquire a token.\nAttempted credentials:\n\
              \tEnvironmentCredential: missing environment variable AZURE_TENANT_ID\n\
              \tWorkloadIdentityCredential: no client ID specified. Check pod configuration or set ClientID in the options\n\
              \tManagedIdentityCredential: failed to authenticate a system assigned identity. The endpoint responded with \
              {\"error\":\"invalid_request\",\"error_description\":\"Multiple user assigned identities exist, please specify the \
              clientId / resourceId of the identity in the token request\"}\n";
    insta::assert_snapshot!(titles(go), @"
    refused: identity_ambiguous [5]
    azidentity: failed to authenticate a system assigned identity [5]
    azidentity: no client ID specified. Check pod configuration [4]
    Azure SDKs: missing environment variable AZURE_TENANT_ID [3]
    Azure SDKs: DefaultAzureCredential: failed to acquire a token [1]
    ");
    let python = "azure.core.exceptions.ClientAuthenticationError: DefaultAzureCredential failed to retrieve a token from the included \
                  credentials.\nManagedIdentityCredential: ManagedIdentityCredential authentication unavailable, no response from the \
                  IMDS endpoint.\n";
    insta::assert_snapshot!(titles(python), @"
    azure-identity, Azure.Identity, @azure/identity: no response from the IMDS endpoint [2]
    Azure SDKs: DefaultAzureCredential failed to retrieve a token [1]
    Azure SDKs: ManagedIdentityCredential authentication unavailable [2]
    ");
    let dotnet = "Azure.Identity.AuthenticationFailedException: ManagedIdentityCredential authentication failed: [Managed Identity] Error \
                  Message: AADSTS700016: There is no such application. Fix: look.";
    insta::assert_snapshot!(titles(dotnet), @"
    AADSTS700016 [1]
    MSAL: [Managed Identity] Error Message: [1]
    Azure SDKs: ManagedIdentityCredential authentication failed [1]
    ");
}

#[test]
fn a_description_of_a_pod_is_explained() {
    let description = "  wisp-init:\n    State:          Waiting\n      Reason:       CrashLoopBackOff\n    Last State:     Terminated\n      \
                       Reason:       Error\n      Exit Code:    77\nEvents:\n  Warning  FailedMount  1m  kubelet  MountVolume.SetUp failed \
                       for volume \"wisp-token\" : failed to fetch token: serviceaccounts \"cart\" is forbidden\n";
    insta::assert_snapshot!(titles(description), @"
    exit code 77 [6]
    kubelet: MountVolume.SetUp failed for volume wisp-token [8]
    ");
}

#[test]
fn a_short_line_of_a_failure_that_came_again_is_explained() {
    let again = r#"{"level":"WARN","operation":"exchange","repeated":3,"message":"again: The name of login.microsoftonline.com could not be looked up."}"#;
    insta::assert_snapshot!(titles(again), @"The name of … could not be looked up [1]");
    let without_words =
        r#"{"level":"WARN","operation":"token","errorCategory":"network","message":"no token available"}"#;
    insta::assert_snapshot!(titles(without_words), @"category network [1]");
    assert_eq!(titles("good morning"), "");
}

#[test]
fn a_setting_that_cannot_be_used_is_explained() {
    for line in [
        "error: unknown environment variable: `WISP_LISTN`; did you mean `WISP_LISTEN`?",
        "error: unknown environment variable: `WISP_CLIENT`; `wisp serve --help` lists the settings",
        "`log_format` cannot be `xml` (from environment WISP_LOG_FORMAT): expected `auto`, `json` or `text`",
    ] {
        let explained = explain(line);
        assert!(explained.found[0].title.starts_with("wisp: "), "{line}: {explained:?}");
        assert_eq!(explained.found[0].check.map(|check| check.id), Some("settings"));
    }
}

#[test]
fn nothing_secret_is_repeated() {
    let secrets = [
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJNQVJLRURKV1QifQ.MARKEDSIGNATURE",
        "MARKEDSECRET",
        "MARKEDASSERTION",
        "MARKEDPASSWORD",
    ];
    let [jwt, secret, assertion, password] = secrets;
    let pasted = format!(
        "Authorization: Bearer {jwt} ForbiddenByRbac\n{{\"access_token\":\"{jwt}\",\"error_codes\":[700213]}}\n\
         grant_type=client_credentials&client_assertion={assertion}&client_secret={secret} AADSTS7000215\n\
         HTTPS_PROXY=http://user:{password}@proxy:3128 Proxy Authentication Required; wisp-init: exit code 77; see doctor.md#{secret}\n\
         The token file /{secret} (AZURE_FEDERATED_TOKEN_FILE) does not exist. TLS with {password} failed: {assertion}\n\
         result=refused reason={secret} reason=host X-IDENTITY-HEADER: {secret} AADSTS1234567 {jwt}\n"
    );
    let explained = explain(&pasted);
    assert!(explained.found.len() >= 8, "{}", titles(&pasted));
    let shown = [text(&explained), json(&explained), explained.advice().concat()].concat();
    for marked in ["MARKED", "eyJ"] {
        assert!(!shown.contains(marked), "{shown}");
    }
}

#[test]
fn the_longest_text_is_read_in_a_moment() {
    let begun = tokio::time::Instant::now();
    let many = "the connection to the name of 169.254.169.254 reason exit code aadsts ".repeat(4_000);
    let _ = explain(&many);
    let _ = explain(&many.replace(' ', "\n"));
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
}
