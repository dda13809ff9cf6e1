//! The help of `wispctl identity`.

use super::help;

#[test]
fn help_of_identity() {
    insta::assert_snapshot!(help(&["identity", "--help"]), @"
    Write and check what has to exist in Azure: identities, federated credentials, roles

    Usage: wispctl identity <COMMAND>

    Commands:
      audit      Find what is wrong with identities, from a cluster or dumps of it, and dumps of Azure
      expand     Turn claims into identities, federated credentials, roles and service accounts
      inventory  List identities with credentials, service accounts, workloads and roles, from a cluster or dumps of it, and dumps of Azure
      issuer     Write what Entra reads of an issuer, or check that it is what the API server signs with
      review     Answer the checklists of a review, of a finished move and of an incident, with evidence
      help       Print this message or the help of the given subcommand(s)

    Options:
      -h, --help  Print help

    `wispctl identity COMMAND --help` has the arguments, examples and exit codes of a command.

    Examples:
      wispctl identity expand orders.yaml > identities.sh
      wispctl identity issuer --issuer https://oidc.example/shop/ --write public sa.pub
      wispctl identity inventory cluster.json identities.json credentials.json roles.json
      wispctl identity audit cluster.json identities.json credentials.json roles.json
      wispctl identity review cluster.json identities.json credentials.json roles.json answers.yaml

    Exit codes:
       0  all is well
       1  something is wrong, as the command's own help says
      64  arguments or configuration are wrong
    ");
    insta::assert_snapshot!(help(&["identity", "issuer", "--help"]), @"
    Write what Entra reads of an issuer, or check that it is what the API server signs with

    Usage: wispctl identity issuer [OPTIONS] <--write <FOLDER>|--print <DOCUMENT>|--compare <FILE>> <FILE>...

    Arguments:
      <FILE>...  Public keys in PEM, key sets and discovery documents of the API server

    Options:
          --issuer <URL>      The issuer, `--service-account-issuer` [default: that of a discovery document among the files]
          --jwks-uri <URL>    Where the key set will be [default: openid/v1/jwks below the issuer]
          --write <FOLDER>    Write both documents into this folder, by their paths below the issuer
          --print <DOCUMENT>  Print one document: discovery or keys
          --compare <FILE>    A document as it is published, such as curl gets it; may be given again
      -h, --help              Print help

    FILE is what the API server verifies tokens by (`--service-account-key-file`, PEM) or what it serves (`kubectl get --raw
    /openid/v1/jwks` and `/.well-known/openid-configuration`); they are told apart by what is in them. Entra has to read both documents at
    the issuer's address over the internet, and takes tokens signed by RSA alone. Nothing is sent anywhere: publish what is written.

    Examples:
      wispctl identity issuer --issuer https://oidc.example/shop/ --write public sa.pub sa-next.pub
      wispctl identity issuer --issuer https://oidc.example/shop/ --print keys jwks.json
      wispctl identity issuer --compare published-jwks.json --compare published.json jwks.json discovery.json

    Exit codes:
       0  all is well
       1  a file is wrong, or what is published differs from what is signed with
      64  arguments or configuration are wrong
    ");
    insta::assert_snapshot!(help(&["identity", "audit", "--help"]), @"
    Find what is wrong with identities, from a cluster or dumps of it, and dumps of Azure

    Usage: wispctl identity audit [OPTIONS] [FILE]...

    Arguments:
      [FILE]...  Dumps, `-` for standard input

    Options:
          --kubeconfig <FILE>        Read the cluster of this kubeconfig's current context as well
          --in-cluster               Read the cluster that this process is a pod of
          --with-secrets             Read the Secrets of the cluster too, for their names; values are not kept
      -n, --namespace <NAME>         Read this namespace of the cluster alone [default: all]
          --issuer <URL>             The cluster's issuer [default: that of a discovery document, or the only one of credentials]
          --environment-label <KEY>  The label of namespaces that names their environment [default: environment, or env]
          --output <FORM>            Form of the report: text or json [default: text]
      -h, --help                     Print help

    FILE is what `kubectl get serviceaccounts,namespaces,pods -A -o json`, `az identity list`, `az identity federated-credential list` (for each
    identity) and `az role assignment list --all` print, with `-o json`; they are told apart by what is in them. Workloads count as pods do.
    A cluster is only read, in pages; what may not be read is listed, and the exit code says so. No value of a secret is kept or written.
    Checks that lack something are named with what they lack. docs/identity.md has the checks with their ids.

    Examples:
      wispctl identity audit cluster.json identities.json credentials.json roles.json
      wispctl identity audit --issuer https://oidc.example/shop/ --output json cluster.json credentials.json > audit.json
      wispctl identity audit --kubeconfig ~/.kube/config identities.json credentials.json roles.json

    Exit codes:
       0  all is well
       1  a finding is an error, or something could not be read
      64  arguments or configuration are wrong
    ");
    insta::assert_snapshot!(help(&["identity", "expand", "--help"]), @"
    Turn claims into identities, federated credentials, roles and service accounts

    Usage: wispctl identity expand [OPTIONS] <CLAIM>...

    Arguments:
      <CLAIM>...  Files of claims, `-` for standard input

    Options:
          --output <LANGUAGE>    az, bicep, terraform or manifests [default: az]
          --azurerm <MAJOR>      Major version of Terraform's provider azurerm: 4 or 5 [default: 5]
          --audience <AUDIENCE>  Audience of credentials whose claim names none, or the cloud: AzureCloud, AzureUSGovernment or AzureChinaCloud [default: api://AzureADTokenExchange]
      -h, --help                 Print help

    A claim says for a service account which identity it is, of which clusters, and what it may do; docs/identity.md has its fields.
    It never asks Azure: `--output az` is a script that makes what is missing and changes nothing that is there, and with --check only
    looks. `--output manifests` needs the client id, which Azure makes up with the identity.

    Examples:
      wispctl identity expand orders.yaml > identities.sh
      wispctl identity expand --output bicep orders.yaml bills.yaml > identities.bicep
      wispctl identity expand --output terraform --azurerm 4 orders.yaml > identities.tf
      wispctl identity expand --audience AzureUSGovernment orders.yaml > identities.sh
      wispctl identity expand --output manifests orders.yaml | kubectl apply -f -

    Exit codes:
       0  all is well
       1  a claim is wrong, or the language cannot say it
      64  arguments or configuration are wrong
    ");
}
