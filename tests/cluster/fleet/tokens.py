"""Whether each workload of the fleet gets the tokens that it is to get."""

from concurrent.futures import ThreadPoolExecutor

from fleet import asking
from fleet.roster import FLEET, client_id, object_id
from kit.entra import TENANT
from kit.questions import VAULT
from suite.metadata import TOKEN as OF_NODE
from suite.wait import until

HANDS = 8
"""How many workloads are asked at a time."""
BUSY = [each for each in FLEET if not each.is_idle]
"""Those that have a pod, whether anybody asks or not."""


def wrong_tokens(crew, workloads=FLEET):
    """Has a pod of each workload ask for tokens: what is wrong with them, by workload."""
    idle = [each for each in workloads if each.is_idle]
    with crew.awake(idle), ThreadPoolExecutor(HANDS) as hands:
        crew.wait_running(workloads)
        pods, processes = crew.pods(), first_processes(crew.cluster)
        said = hands.map(lambda each: wrong(crew.entra, each, processes[container(*pods[each.namespace, each.name])]), workloads)
        return {str(each): why for each, why in zip(workloads, said) if why}


def wrong(entra, workload, pid):
    """What comes for each client id that it has, and without one: last, for what MIC has assigned until then is what counts."""
    try:
        if workload.asks_node and claims(entra, pid, asking.FOR_NODE)["appid"] == OF_NODE:
            return "" if workload.is_excepted or not asking.has_endpoint(pid) else "it has the node's identity still"
        for query, name in {**{f"&client_id={client_id(name)}": name for name in workload.identities}, "": workload.identities[0]}.items():
            found = claims(entra, pid, query)
            expected = {"appid": client_id(name), "oid": object_id(name), "tid": TENANT, "aud": VAULT}
            if different := {field: found.get(field) for field, value in expected.items() if found.get(field) != value}:
                return f"{query or 'without a client id'}: {different}"
    except (AssertionError, OSError) as error:
        return repr(error)
    return ""


def claims(entra, pid, query):
    """Those of the token, once there is one: in standard mode that is when MIC has seen the pod."""
    answers = []

    def is_answered():
        answers.append(asking.ask(entra, pid, query))
        return answers[-1][0] == 200

    until(is_answered, lambda: answers[-1], patience=20)
    return asking.claims(answers[-1][1])


def first_processes(cluster):
    """Those of all containers that run, by containerd's id."""
    tasks = (line.split() for line in cluster.ctr("tasks", "list").splitlines()[1:])
    return {task[0]: int(task[1]) for task in tasks if task[2] == "RUNNING"}


def container(pod):
    """containerd's id of the application's container."""
    statuses = pod["status"]["containerStatuses"]
    return next(each["containerID"] for each in statuses if each["name"] == "app").removeprefix("containerd://")
