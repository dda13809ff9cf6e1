//! The help of the doctor from outside.

use super::help;

#[test]
fn help_of_doctor() {
    insta::assert_snapshot!(help(&["doctor", "--help"]), @"
    Find what is wrong with a workload's identity, from a cluster or dumps of it

    Usage: wispctl doctor [OPTIONS] [KIND/NAME|FILE]...

    Arguments:
      [KIND/NAME|FILE]...  A workload, and dumps

    Options:
      -n, --namespace <NAME>   The namespace [default: that of the context, or all of FILEs]
      -A, --all-namespaces     All namespaces
          --kubeconfig <FILE>  The cluster of this kubeconfig
          --context <NAME>     This context of the kubeconfig [default: its current one]
          --in-cluster         The cluster that this process is a pod of
          --logs <FILE>        What `kubectl logs` printed of wisp; may be given again
          --issuer <URL>       The cluster's issuer [default: as the cluster or a FILE says]
          --role-at <ID>       The Azure resource that the identity needs a role at
          --wait <DURATION>    Ask the cluster again until nothing fails, at most so long
      -o, --output <FORM>      Form of the report: text or json [default: text]
          --only <CHECK>       These checks alone, by id or category; several with commas
          --ignore <CHECK>     Not these checks, by id or category; several with commas
      -q, --quiet              Only what is wrong; nothing where all is well
      -h, --help               Print help

    KIND is deployment, statefulset, daemonset, replicaset, job, cronjob or pod, or its short form. Without KIND/NAME all workloads of the
    namespace are looked at that have to do with identities. FILE is what `kubectl get pods,serviceaccounts,namespaces,events,deployments,
    replicasets,mutatingwebhookconfigurations -A -o json`, `az identity list`, `az identity federated-credential list`, `az role assignment
    list`, `az keyvault show` and `az aks show` print, with `-o json`; `-` is standard input. With FILEs no cluster is asked, unless one is
    named; without, it is that of KUBECONFIG, of ~/.kube/config, or the one that this process is a pod of. A cluster is only read; what may
    not be read is named. docs/doctor.md has the checks with their ids.

    Examples:
      wispctl doctor deployment/orders -n shop
      wispctl doctor -A --quiet
      wispctl doctor deployment/orders -n shop --wait 2m --ignore logs
      wispctl doctor deployment/orders -n shop --kubeconfig ~/.kube/config identities.json credentials.json roles.json
      wispctl doctor --output json cluster.json identities.json credentials.json > doctor.json

    Exit codes:
       0  all is well
       1  a check failed, or nothing could be read
      64  arguments or configuration are wrong
    ");
}
