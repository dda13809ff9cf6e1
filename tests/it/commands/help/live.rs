//! The help of the commands of `wispctl migrate` that change a live cluster, and of its status.

use super::help;

#[test]
fn help_of_live() {
    insta::assert_snapshot!(help(&["migrate", "apply", "--help"]), @r"
    Move workloads of a live cluster, state by state

    Usage: wispctl migrate apply [OPTIONS] --to <STATE> <--kubeconfig <FILE>|--in-cluster> [FILE]...

    Arguments:
      [FILE]...  What `az aks show` prints, and other files that the plan was made with

    Options:
          --to <STATE>                    prepared, parallel or cut-over
          --decisions <FILE>              What you have decided; docs/migrate.md has its fields
          --issuer <URL>                  Who signs the cluster's tokens [default: what `az aks show` says]
          --tenant <ID>                   Tenant of its identities [default: what `az aks show` says]
          --audience <AUDIENCE>           Audience of federated credentials, or the cloud: AzureCloud, AzureUSGovernment or AzureChinaCloud [default: api://AzureADTokenExchange]
          --kubeconfig <FILE>             The cluster of this kubeconfig's current context
          --in-cluster                    The cluster that this process is a pod of
          --matching <WORD>               Where pod-managed identity looks for bindings: auto, standard (in all namespaces) or namespaced [default: auto]
          --path <KIND=PATH>              A kind of your own and where its pod template is, such as Rollout=spec.template; may be given again
      -n, --namespace <NAME>              This namespace alone; may be given again [default: all]
          --workload <NAME>               This workload alone, as NAME or KIND/NAME; may be given again [default: all]
      -y, --yes                           Make the changes without asking
          --dry-run                       Name the changes, and make none
          --timeout <DURATION>            How long the pods of a workload may take to follow a change [default: 10m]
          --at-a-time <NUMBER>            How many workloads of a namespace roll out at a time [default: 10]
          --recreate                      Delete and make anew what Kubernetes does not let change: bare pods, Jobs, and pods that their owner does not replace
          --force-managed                 Change objects too that Helm, GitOps or another owner writes
          --audit-log <FILE>              Where a line for each change goes, as JSON [default: standard output]
          --copy-role-bindings            Copy the RoleBindings of an account for the one that takes its place
          --without-role-bindings         Do not look at RoleBindings: the pods do not ask the API server
          --redirect <WAY>                How mode redirect does it: by nftables, by the address on `lo`, or by the first of them that works [value: `auto`, `nft` or `lo`] [default: auto]
          --image <IMAGE>                 Image of wisp [value: the reference of an image] [default: wisp:0.1.0]
          --sidecar <KIND>                Native sidecar (Kubernetes 1.29 or newer) or ordinary container [value: `native` or `container`] [default: native]
          --authority <URL>               Entra cloud that issues the tokens [value: an https origin] [default: the public cloud]
          --config-map <NAME>             ConfigMap with AZURE_CLIENT_ID, AZURE_TENANT_ID and other variables of wisp [value: the name of a ConfigMap in the pod's namespace] [default: none]
          --settings-from <OBJECTS>       ConfigMaps and Secrets whose keys are variables of wisp; later ones win [value: a comma-separated list of configmap/NAME and secret/NAME] [default: none]
          --token <SOURCE>                Whose token volume the sidecar uses: its own, or that of the workload identity webhook [value: `auto`, `own` or `webhook`] [default: auto: the webhook's where the pod has its label]
          --token-lifetime <SECONDS>      How long a token of the sidecar's own volume lives [value: a number of seconds from 600 to 86400] [default: 3600]
          --share-token <BOOL>            Let the application have the webhook's token as well [value: `true` or `false`] [default: false]
          --token-port <PORT>             Port of 127.0.0.1 where the application asks for tokens [value: a port from 1024 to 65535 that is not 40342, which means Azure Arc] [default: 4254]
          --admin-port <PORT>             Port of the pod where metrics and probes are answered [value: a port from 1024 to 65535 that is not 40342, which means Azure Arc] [default: 4255]
          --user <UID>                    User that the sidecar runs as; the init container runs as the next one [value: a user id from 1 to 2147483646] [default: 54254]
          --containers <NAMES>            Containers that get environment variables in the modes env and http-proxy [value: a comma-separated list of container names] [default: all of the application's]
          --container-identities <PAIRS>  Containers with an identity of their own among several, in the modes env and http-proxy [value: a comma-separated list of CONTAINER=IDENTITY, such as app=orders,worker=billing, each container once] [default: none]
          --variables <NAMES>             Variables that mode env sets, for clients that prefer the wrong one of them [value: a comma-separated list of `authority-host`, `app-service` and `msi`] [default: authority-host,app-service,msi]
          --no-proxy <HOSTS>              Hosts and networks reached directly in mode http-proxy, besides localhost and the cluster's domains [value: a comma-separated list without spaces] [default: none]
          --take-proxy <BOOL>             Give the sidecar the application's HTTPS_PROXY, NO_PROXY and bundle of certificates, where it has none [value: `true` or `false`] [default: true]
          --cpu <QUANTITY>                CPU of each container of wisp, requested and limited [value: a quantity such as 100m or 1] [default: what fits the pod's class]
          --memory <QUANTITY>             Memory of each container of wisp, requested and limited [value: a quantity such as 32Mi] [default: what fits the pod's class]
          --verify <off|log|ready>        Get a token at start, and log how that went, or be ready only once it worked (WISP_VERIFY) [value: `off`, `log` or `ready`] [default: off]
          --set <NAME=VALUE>              A setting of `wisp serve`, by its variable or its key; repeatable
          --file <NAME=OBJECT>            A setting that names a file, and the key of a ConfigMap or Secret that is the file, such as WISP_CA_FILE=configmap/NAME/KEY; repeatable
      -h, --help                          Print help

    Reads the cluster, plans as `wispctl migrate plan` does, and takes each workload from the state that it is in to the one that is asked
    for, none in between left out. The changes of a namespace are named first, and made once you agree. What was before is remembered in
    ConfigMap wisp-migration of the namespace; an interrupted run is gone on with by running it again. What nobody here may change (objects
    of Helm or GitOps, pods and Jobs, programs with a configuration of their own) is named with what to do by hand, and the exit code says so.

    Examples:
      wispctl migrate apply --kubeconfig ~/.kube/config --namespace shop --to prepared aks.json
      wispctl migrate apply --kubeconfig ~/.kube/config --namespace shop --workload Deployment/orders --to parallel aks.json
      wispctl migrate apply --in-cluster --to cut-over --dry-run --tenant contoso.com --issuer https://issuer.example/

    Exit codes:
       0  all is well
       1  something did not work, is left to do by hand, or was not agreed to; the rest is done
      64  arguments or configuration are wrong
    ");
    insta::assert_snapshot!(help(&["migrate", "status", "--help"]), @r"
    Say how far each workload of a live cluster is

    Usage: wispctl migrate status [OPTIONS] <--kubeconfig <FILE>|--in-cluster> [FILE]...

    Arguments:
      [FILE]...  What `az aks show` prints, and other files that the plan was made with

    Options:
          --decisions <FILE>     What you have decided; docs/migrate.md has its fields
          --issuer <URL>         Who signs the cluster's tokens [default: what `az aks show` says]
          --tenant <ID>          Tenant of its identities [default: what `az aks show` says]
          --audience <AUDIENCE>  Audience of federated credentials, or the cloud: AzureCloud, AzureUSGovernment or AzureChinaCloud [default: api://AzureADTokenExchange]
          --kubeconfig <FILE>    The cluster of this kubeconfig's current context
          --in-cluster           The cluster that this process is a pod of
          --matching <WORD>      Where pod-managed identity looks for bindings: auto, standard (in all namespaces) or namespaced [default: auto]
          --path <KIND=PATH>     A kind of your own and where its pod template is, such as Rollout=spec.template; may be given again
      -n, --namespace <NAME>     This namespace alone; may be given again [default: all]
          --workload <NAME>      This workload alone, as NAME or KIND/NAME; may be given again [default: all]
      -o, --output <FORM>        Form of the status: text, json or markdown [default: text]
      -h, --help                 Print help

    Says of each workload how far it is (not started, prepared, parallel, cut over, cleaned), by what the cluster shows and not by the
    record alone; what is next, and what stands in the way. What somebody has changed since is listed. Nothing is changed.

    Examples:
      wispctl migrate status --kubeconfig ~/.kube/config aks.json
      wispctl migrate status --kubeconfig ~/.kube/config --namespace shop --output json > status.json

    Exit codes:
       0  all is well
       1  something could not be read, or is not what is recorded; the status has the rest
      64  arguments or configuration are wrong
    ");
    insta::assert_snapshot!(help(&["migrate", "rollback", "--help"]), @r"
    Take workloads of a live cluster back, state by state

    Usage: wispctl migrate rollback [OPTIONS] --to <STATE> <--kubeconfig <FILE>|--in-cluster> [FILE]...

    Arguments:
      [FILE]...  What `az aks show` prints, and other files that the plan was made with

    Options:
          --to <STATE>           not-started, prepared, parallel or cut-over
          --decisions <FILE>     What you have decided; docs/migrate.md has its fields
          --issuer <URL>         Who signs the cluster's tokens [default: what `az aks show` says]
          --tenant <ID>          Tenant of its identities [default: what `az aks show` says]
          --audience <AUDIENCE>  Audience of federated credentials, or the cloud: AzureCloud, AzureUSGovernment or AzureChinaCloud [default: api://AzureADTokenExchange]
          --kubeconfig <FILE>    The cluster of this kubeconfig's current context
          --in-cluster           The cluster that this process is a pod of
          --matching <WORD>      Where pod-managed identity looks for bindings: auto, standard (in all namespaces) or namespaced [default: auto]
          --path <KIND=PATH>     A kind of your own and where its pod template is, such as Rollout=spec.template; may be given again
      -n, --namespace <NAME>     This namespace alone; may be given again [default: all]
          --workload <NAME>      This workload alone, as NAME or KIND/NAME; may be given again [default: all]
      -y, --yes                  Make the changes without asking
          --dry-run              Name the changes, and make none
          --timeout <DURATION>   How long the pods of a workload may take to follow a change [default: 10m]
          --at-a-time <NUMBER>   How many workloads of a namespace roll out at a time [default: 10]
          --recreate             Delete and make anew what Kubernetes does not let change: bare pods, Jobs, and pods that their owner does not replace
          --force-managed        Change objects too that Helm, GitOps or another owner writes
          --audit-log <FILE>     Where a line for each change goes, as JSON [default: standard output]
      -h, --help                 Print help

    Takes each workload back to a state that it was in, none in between left out, by what ConfigMap wisp-migration of its namespace
    remembers: objects that were deleted are made again, the label, the pod template and the service account are put back. What others have
    changed in a pod template since stays. Once all workloads of a namespace are not started, the ConfigMap is deleted.

    Examples:
      wispctl migrate rollback --kubeconfig ~/.kube/config --namespace shop --to parallel
      wispctl migrate rollback --kubeconfig ~/.kube/config --namespace shop --workload orders --to not-started --yes

    Exit codes:
       0  all is well
       1  something did not work, is left to do by hand, or was not agreed to; the rest is done
      64  arguments or configuration are wrong
    ");
    insta::assert_snapshot!(help(&["migrate", "cleanup", "--help"]), @r"
    Delete what nobody needs of pod-managed identity any more

    Usage: wispctl migrate cleanup [OPTIONS] <--kubeconfig <FILE>|--in-cluster> [FILE]...

    Arguments:
      [FILE]...  What `az aks show` prints, and other files that the plan was made with

    Options:
          --decisions <FILE>     What you have decided; docs/migrate.md has its fields
          --issuer <URL>         Who signs the cluster's tokens [default: what `az aks show` says]
          --tenant <ID>          Tenant of its identities [default: what `az aks show` says]
          --audience <AUDIENCE>  Audience of federated credentials, or the cloud: AzureCloud, AzureUSGovernment or AzureChinaCloud [default: api://AzureADTokenExchange]
          --kubeconfig <FILE>    The cluster of this kubeconfig's current context
          --in-cluster           The cluster that this process is a pod of
          --matching <WORD>      Where pod-managed identity looks for bindings: auto, standard (in all namespaces) or namespaced [default: auto]
          --path <KIND=PATH>     A kind of your own and where its pod template is, such as Rollout=spec.template; may be given again
      -n, --namespace <NAME>     This namespace alone; may be given again [default: all]
          --workload <NAME>      This workload alone, as NAME or KIND/NAME; may be given again [default: all]
      -y, --yes                  Make the changes without asking
          --dry-run              Name the changes, and make none
          --timeout <DURATION>   How long the pods of a workload may take to follow a change [default: 10m]
          --at-a-time <NUMBER>   How many workloads of a namespace roll out at a time [default: 10]
          --recreate             Delete and make anew what Kubernetes does not let change: bare pods, Jobs, and pods that their owner does not replace
          --force-managed        Change objects too that Helm, GitOps or another owner writes
          --audit-log <FILE>     Where a line for each change goes, as JSON [default: standard output]
      -h, --help                 Print help

    Deletes bindings, identities, exceptions and assigned identities that no template, no pod and no workload on its way needs any more,
    bindings first. They are remembered in ConfigMap wisp-migration of their namespace, from which `wispctl migrate rollback` makes them
    again. Those of the AKS add-on stay: the commands of Azure that delete them are named. Nothing is deleted while a part of the cluster
    cannot be read.

    Examples:
      wispctl migrate cleanup --kubeconfig ~/.kube/config --dry-run
      wispctl migrate cleanup --kubeconfig ~/.kube/config --namespace shop aks.json

    Exit codes:
       0  all is well
       1  something did not work, is still needed, or is left to do by hand; the rest is done
      64  arguments or configuration are wrong
    ");
}
