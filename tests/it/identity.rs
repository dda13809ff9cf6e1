//! `wispctl identity`, as a program: files in, files out, and how it ends.

mod cases;

use std::{fs, path::Path, process::Command};

const KEY: &str = include_str!("identity/sa.pub");

/// Exit code, standard output and standard error of a command below `wispctl identity`, run in `folder`.
fn run(folder: &Path, arguments: &str) -> String {
    let output = command_in(folder, arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    format!("{:?}\n{}{}", output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A command below `wispctl identity`, in `folder`.
fn command_in(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wispctl"));
    command
        .arg("identity")
        .args(arguments.split(' '))
        .current_dir(folder)
        .env_clear();
    command
}

#[test]
fn an_issuer_is_written_and_compared() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments| run(folder.path(), arguments);
    fs::write(folder.path().join("sa.pub"), KEY).unwrap();
    insta::assert_snapshot!(run("issuer --issuer https://oidc.example/shop --write out sa.pub"), @"
    0
    out/.well-known/openid-configuration: publish as https://oidc.example/shop/.well-known/openid-configuration
    out/openid/v1/jwks: publish as https://oidc.example/shop/openid/v1/jwks
    ");
    let printed = run("issuer --issuer https://oidc.example/shop --print keys out/openid/v1/jwks");
    let written = fs::read_to_string(folder.path().join("out/openid/v1/jwks")).unwrap();
    assert_eq!(printed, format!("0\n{written}"));
    insta::assert_snapshot!(run("issuer sa.pub out/.well-known/openid-configuration --compare out/openid/v1/jwks"), @"
    0
    What is published is what the API server signs with: 1 key is the same.
    ");
    insta::assert_snapshot!(run("issuer --issuer https://oidc.example/shop/ sa.pub --compare out/.well-known/openid-configuration"), @"
    1
    error: out/.well-known/openid-configuration: `issuer` is https://oidc.example/shop, and the API server signs as https://oidc.example/shop/ (a slash at the end); Entra compares each letter (AADSTS700211)
    ");
    insta::assert_snapshot!(run("issuer --issuer https://oidc.example/shop sa.pub --compare out/.well-known/openid-configuration"), @"
    0
    The published issuer is right; no key set was compared.
    ");
    insta::assert_snapshot!(run("issuer --issuer https://oidc.example/shop --jwks-uri https://keys.example/k --print discovery sa.pub"), @r#"
    0
    {
      "id_token_signing_alg_values_supported": [
        "RS256"
      ],
      "issuer": "https://oidc.example/shop",
      "jwks_uri": "https://keys.example/k",
      "response_types_supported": [
        "id_token"
      ],
      "subject_types_supported": [
        "public"
      ]
    }
    "#);
}

#[test]
fn an_issuer_that_is_wrong_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments| run(folder.path(), arguments);
    fs::write(folder.path().join("sa.pub"), KEY).unwrap();
    fs::write(folder.path().join("discovery.json"), r#"{"issuer": "https://kubernetes.default.svc"}"#)
        .unwrap();
    fs::write(folder.path().join("large.json"), vec![b' '; (1 << 20) + 1]).unwrap();
    let ends = [
        run("issuer --print keys sa.pub"),
        run("issuer --print keys --issuer https://oidc.example/ discovery.json"),
        run("issuer --print keys discovery.json sa.pub"),
        run("issuer --print keys --issuer https://oidc.example/ none.pub large.json"),
        run("issuer --write out --issuer https://oidc.example/ --jwks-uri https://keys.example/k sa.pub"),
        run("issuer --write sa.pub --issuer https://oidc.example/ sa.pub"),
        run("issuer --issuer https://oidc.example/ sa.pub"),
    ];
    insta::assert_snapshot!(ends.join("\n"), @"
    64
    error: the issuer is not known: give `--issuer`, or the API server's discovery document among the files

    1
    error: discovery.json: `issuer` is https://kubernetes.default.svc, and https://oidc.example/ is expected; tokens have one of both as `iss`

    1
    error: the issuer is inside the cluster or its network (`kubernetes.default.svc`), where Entra cannot read its keys; publish them with `wispctl identity issuer`, and have the API server sign with that issuer

    1
    error: none.pub: cannot be read: No such file or directory (os error 2)
    error: large.json: is larger than 1 MiB

    64
    error: `--write` writes below the issuer, and `--jwks-uri` is somewhere else; use `--print` for each document

    1
    error: cannot write sa.pub/.well-known/openid-configuration: Not a directory (os error 20)

    64
    error: the following required arguments were not provided:
      <--write <FOLDER>|--print <DOCUMENT>|--compare <FILE>>

    Usage: wispctl identity issuer --issuer <URL> <--write <FOLDER>|--print <DOCUMENT>|--compare <FILE>> <FILE>...

    For more information, try '--help'.
    ");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[test]
fn claims_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("empty.yaml"), "# nothing\n").unwrap();
    fs::write(
        folder.path().join("cut.yaml"),
        "---\napiVersion: wisp/v1\nkind: AzureWorkloadIdentityClaim\nspec: {a: [\n",
    )
    .unwrap();
    fs::write(folder.path().join("binary.yaml"), b"a: \xff\n").unwrap();
    insta::assert_snapshot!(run(folder.path(), "expand none.yaml empty.yaml cut.yaml binary.yaml"), @"
    1
    error: none.yaml: cannot be opened: No such file or directory (os error 2)
    error: empty.yaml: there is no claim in it
    error: cut.yaml:4: invalid YAML: unclosed bracket '[' (column 11)
    error: binary.yaml:1: not text in UTF-8; a manifest is expected
    ");
    insta::assert_snapshot!(run(folder.path(), "expand --azurerm 4 empty.yaml"), @"
    64
    error: `--azurerm` is for `--output terraform`
    ");
}

#[test]
fn clouds_have_their_audiences() {
    let folder = tempfile::tempdir().unwrap();
    let claim = |name: &str, audience: &str| {
        format!(
            "---\napiVersion: wisp/v1\nkind: AzureWorkloadIdentityClaim\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n  issuer: \
             https://oidc.example/shop/\n  tenantId: 22222222-2222-2222-2222-222222222222\n  application: {{clientId: \
             44444444-4444-4444-4444-444444444444}}\n{audience}"
        )
    };
    let own = "  audience: api://AzureADTokenExchangeChina\n";
    fs::write(folder.path().join("claims.yaml"), claim("orders", "") + &claim("bills", own)).unwrap();
    let audiences = |arguments| {
        let text = run(folder.path(), arguments);
        let lines = text
            .lines()
            .filter(|line| line.contains("api://") || line.starts_with("error:"));
        lines.map(str::trim).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(audiences("expand claims.yaml"), @r#"
    credential 'shop-bills-7a950946' 'https://oidc.example/shop/' 'system:serviceaccount:shop:bills' 'api://AzureADTokenExchangeChina' '{"audiences":["api://AzureADTokenExchangeChina"],"issuer":"https://oidc.example/shop/","name":"shop-bills-7a950946","subject":"system:serviceaccount:shop:bills"}'
    credential 'shop-orders-0cbb09f3' 'https://oidc.example/shop/' 'system:serviceaccount:shop:orders' 'api://AzureADTokenExchange' '{"audiences":["api://AzureADTokenExchange"],"issuer":"https://oidc.example/shop/","name":"shop-orders-0cbb09f3","subject":"system:serviceaccount:shop:orders"}'
    #     "$(kubectl create token bills --namespace shop --audience api://AzureADTokenExchangeChina)"
    #     "$(kubectl create token orders --namespace shop --audience api://AzureADTokenExchange)"
    "#);
    insta::assert_snapshot!(audiences("expand --audience azureusgovernment claims.yaml"), @r#"
    credential 'shop-bills-7a950946' 'https://oidc.example/shop/' 'system:serviceaccount:shop:bills' 'api://AzureADTokenExchangeChina' '{"audiences":["api://AzureADTokenExchangeChina"],"issuer":"https://oidc.example/shop/","name":"shop-bills-7a950946","subject":"system:serviceaccount:shop:bills"}'
    credential 'shop-orders-0cbb09f3' 'https://oidc.example/shop/' 'system:serviceaccount:shop:orders' 'api://AzureADTokenExchangeUSGov' '{"audiences":["api://AzureADTokenExchangeUSGov"],"issuer":"https://oidc.example/shop/","name":"shop-orders-0cbb09f3","subject":"system:serviceaccount:shop:orders"}'
    #     "$(kubectl create token bills --namespace shop --audience api://AzureADTokenExchangeChina)"
    #     "$(kubectl create token orders --namespace shop --audience api://AzureADTokenExchangeUSGov)"
    "#);
    insta::assert_snapshot!(audiences("expand --audience api://AzureADTokenExchangeUSGov --output terraform claims.yaml"), @r#"
    audiences      = ["api://AzureADTokenExchangeChina"]
    audiences      = ["api://AzureADTokenExchangeUSGov"]
    #     "$(kubectl create token bills --namespace shop --audience api://AzureADTokenExchangeChina)"
    #     "$(kubectl create token orders --namespace shop --audience api://AzureADTokenExchangeUSGov)"
    "#);
    insta::assert_snapshot!(audiences("expand --audience usgov claims.yaml"), @"error: `--audience` cannot be `usgov`: expected one of api://AzureADTokenExchange (AzureCloud), api://AzureADTokenExchangeUSGov (AzureUSGovernment), api://AzureADTokenExchangeChina (AzureChinaCloud)");
}

#[test]
fn an_audit_ends_by_what_it_finds() {
    let folder = tempfile::tempdir().unwrap();
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web, namespace: shop}\n";
    let credential = "name: web\nissuer: https://oidc.example/\nsubject: system:serviceaccount:shop:SUBJECT\naudiences: [api://AzureADTokenExchange]\n";
    fs::write(folder.path().join("account.yaml"), account).unwrap();
    fs::write(folder.path().join("good.yaml"), credential.replace("SUBJECT", "web")).unwrap();
    fs::write(folder.path().join("orphan.yaml"), credential.replace("SUBJECT", "gone")).unwrap();
    let first = |arguments| {
        let end = run(folder.path(), arguments);
        end.lines().take(2).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(first("audit account.yaml good.yaml"), @"
    0
    not checked: static-secret, static-key, account-unused: no pod and no workload was read (`kubectl get serviceaccounts,pods -A -o json`)
    ");
    insta::assert_snapshot!(first("audit account.yaml orphan.yaml"), @"
    1
    error: subject-unknown: credential web of an app registration: the cluster has no service account `shop/gone`; delete the credential, or whoever makes that account is the identity
    ");
    let other = first("audit --issuer https://other.example/ account.yaml orphan.yaml");
    assert!(other.starts_with("0\nnot checked: "), "{other}");
    let unread = run(folder.path(), "audit account.yaml good.yaml none.yaml");
    assert!(unread.starts_with("1\nnot checked: "), "{unread}");
    assert!(
        unread.ends_with("error: none.yaml: cannot be opened: No such file or directory (os error 2)\n"),
        "{unread}"
    );
}

/// What a terminal would obey stays out of what is read by people, and a file without content is no finding of nothing.
#[test]
fn an_audit_gives_no_orders_to_terminals() {
    let folder = tempfile::tempdir().unwrap();
    let dump = r#"
id: /subscriptions/33333333-3333-3333-3333-333333333333/resourcegroups/shop/providers/Microsoft.ManagedIdentity/userAssignedIdentities/orders/federatedIdentityCredentials/web
name: "web\e[31m\nerror: forged"
issuer: https://oidc.example/shop/
subject: "system:serviceaccount:shop:\e[2J"
audiences: [api://AzureADTokenExchange]
"#;
    fs::write(folder.path().join("credentials.yaml"), dump).unwrap();
    let ran = run(folder.path(), "audit --issuer https://oidc.example/shop/ credentials.yaml");
    let first: Vec<_> = ran.lines().take(2).collect();
    insta::assert_snapshot!(first.join("\n"), @r"
    1
    error: subject-malformed: credential orders/web�[31m�error: forged: its subject is `system:serviceaccount:shop:\u{1b}[2J`, and those of service accounts are system:serviceaccount:NAMESPACE:NAME, to the letter: delete it
    ");
    fs::write(folder.path().join("empty.json"), "").unwrap();
    let ran = run(folder.path(), "audit empty.json");
    let ends: Vec<_> = ran
        .lines()
        .filter(|line| !line.starts_with("not checked"))
        .collect();
    insta::assert_snapshot!(ends.join("\n"), @"
    1
    errors 0, warnings 0; accounts 0, workloads 0, identities 0, credentials 0, roles 0; issuer not known
    error: empty.json: there is nothing in it: the command that was to write it has failed, or wrote elsewhere; run it again and look
    ");
}
