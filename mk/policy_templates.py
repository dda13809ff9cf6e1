"""Writes the chart's admission policies, deploy/chart/templates/policy, from what `wispctl policy` prints.

    policy_templates.py WISPCTL FOLDER

A policy is printed with markers for the values of the chart, and once more for each value that changes more than a literal. Lines
that differ between those become branches of a template, and markers become expressions. Values that change other lines each are
independent of each other, so that any combination of them is right; tests/deploy compares combinations with what is printed.
"""

import difflib
import itertools
import pathlib
import re
import subprocess
import sys

MODES = ["redirect", "env", "http-proxy", "manual"]
GUARD_RAILS = {"sidecar": "sidecar", "client-ids": "clientIds", "default-account": "defaultAccount", "client-secret": "clientSecret"}
"""Guard rails, and their keys in the values."""

NAME, NAMESPACE, IMAGE, AUDIENCE = "chart-marker", "chart-marker-namespace", "image.invalid/chart", "audience.invalid/chart"
CLIENT, TENANT = "c0ffee00-5eed-4bad-8bad-c11e27000003", "tenant.chart.invalid"
CONFIG_MAP, AUTHORITY, LIFETIME = "chart-marker-config-map", "https://authority.chart.invalid", "77776"
CPU, MEMORY, CA_NAME, CA_KEY = "777m", "777Mi", "chart-marker-ca", "chart-marker-ca.pem"
SETTING, SETTING_VALUE = "WISP_LINGER", "777s"
SELECTOR = "- key: chart-marker-label\n        operator: In\n        values: [chart-marker-value]"
COMMON = [
    "--name", NAME, "--own-namespace", NAMESPACE, "--namespaces", "chart-marker-label=chart-marker-value", "--image", IMAGE,
    "--audience", AUDIENCE, "--token-lifetime", LIFETIME,
]  # fmt: skip


def together(*values):
    """The branches of values that change the same lines: all of them, then fewer."""
    conditions = {condition: arguments for value in values for condition, arguments in value.items()}
    chosen = [each for count in range(len(values), 0, -1) for each in itertools.combinations(conditions, count)]
    return {
        " ".join(["and", *each] if len(each) > 1 else each): [word for condition in each for word in conditions[condition]]
        for each in chosen
    }


GROUPS = {
    "identity": {
        "$pods.configMap": ["--config-map", CONFIG_MAP],
        **together(
            {"$pods.clientId": ["--client-id", CLIENT]},
            {"$pods.tenantId": ["--tenant-id", TENANT]},
            {"$pods.authority": ["--authority", AUTHORITY]},
        ),
    },
    "resources": together({"$pods.cpu": ["--cpu", CPU]}, {"$pods.memory": ["--memory", MEMORY]}),
    "settings": together(
        {'(ne $pods.verify "off")': ["--verify", "ready"]},
        {"$pods.settings": ["--set", f"{SETTING}={SETTING_VALUE}"]},
        {"$pods.caFile.configMap": ["--file", f"WISP_CA_FILE=configmap/{CA_NAME}/{CA_KEY}"]},
    ),
}  # fmt: skip
"""What changes lines: for each group of values its branches, the first of which that is true counts."""


def literal(expression):
    return "{{ include \"wisp.cel\" (" + expression + ") }}"


# Longer markers first, where one is in another.
EXPRESSIONS = [
    ("apiVersion: admissionregistration.k8s.io/v1\nkind: Mutating", 'apiVersion: {{ include "wisp.policyVersion" . }}\nkind: Mutating'),
    (SELECTOR, '{{- with include "wisp.namespaceExpressions" . }}{{ trim . | nindent 6 }}{{ end }}'),
    (f"  name: {NAME}\nspec:", f'  name: {NAME}\n  labels: {{{{- include "wisp.labels" . | nindent 4 }}}}\nspec:'),
    *(
        (f"  name: {NAME}-{end}\nspec:", f'  name: {NAME}-{end}\n  labels: {{{{- include "wisp.labels" . | nindent 4 }}}}\nspec:')
        for end in ["by-pod", "by-namespace", *GUARD_RAILS]
    ),
    (NAMESPACE, "{{ .Release.Namespace }}"),
    (f"`{CONFIG_MAP}`", "`{{ $pods.configMap }}`"),
    (f"'{CONFIG_MAP}'", literal("$pods.configMap")),
    (f"dyn({{'name': '{SETTING}', 'value': '{SETTING_VALUE}'}})", '{{- include "wisp.policySettings" $pods.settings | nindent 12 }}'),
    (f"'wisp/audience': '{AUDIENCE}'", "'wisp/audience': " + literal("$pods.audience")),
    (f"'{AUDIENCE}'", literal('$pods.audience | default "api://AzureADTokenExchange"')),
    (f"'{IMAGE}'", literal('include "wisp.image" .')),
    (f"'{CLIENT}'", literal("$pods.clientId")),
    (f"'{TENANT}'", literal("$pods.tenantId")),
    (f"'{AUTHORITY}'", literal("$pods.authority")),
    (f"'{CPU}'", literal("$pods.cpu")),
    (f"'{MEMORY}'", literal("$pods.memory")),
    (f"'{CA_NAME}'", literal("$pods.caFile.configMap")),
    (f"'{CA_KEY}'", literal("$pods.caFile.key")),
    ("'redirect', '--mode', 'auto'", "'redirect', '--mode', " + literal("$pods.redirect")),
    ("'wisp/redirect': 'auto'", "'wisp/redirect': " + literal("$pods.redirect")),
    ("'name': 'WISP_VERIFY', 'value': 'ready'", "'name': 'WISP_VERIFY', 'value': " + literal("$pods.verify")),
    ("'wisp/verify': 'ready'", "'wisp/verify': " + literal("$pods.verify")),
    (LIFETIME, "{{ $pods.tokenLifetime }}"),
    (NAME, '{{ include "wisp.fullname" . }}'),
]
LEFT_OVER = ["chart-marker", ".invalid", "c0ffee00", "777"]


def main(wispctl, folder):
    for name, text in templates(wispctl).items():
        pathlib.Path(folder, name).write_text(text)


def templates(wispctl):
    """The templates by the names of their files."""

    def printed(*arguments):
        done = subprocess.run([wispctl, "policy", *arguments], check=True, stdout=subprocess.PIPE, text=True)
        lines = done.stdout.splitlines()
        about, lines = lines[0], [line for line in lines if not line.startswith("# wispctl")][1:]
        return about.partition(" This command wrote it")[0].removeprefix("# "), lines

    made = {}
    for mode in MODES:
        arguments = ["--mode", mode, *COMMON]
        about, base = printed(*arguments)
        alternatives = {
            group: {condition: printed(*arguments, *more)[1] for condition, more in branches.items()}
            for group, branches in GROUPS.items()
        }
        body = branched(base, alternatives)
        made[f"{mode}.yaml"] = template(about, f'and (eq .Values.injection "policy") (eq .Values.pods.mode "{mode}")', body)
    for rail, key in GUARD_RAILS.items():
        about, base = printed(rail, *COMMON)
        text = "\n".join(base).replace("validationActions: [Deny]", "validationActions: [{{ title $action }}]")
        condition = f'$action := include "wisp.guardRail" (list . "{key}")'
        made[f"guard-rail-{rail}.yaml"] = template(about, condition, text.splitlines())
    return made


def template(about, condition, lines):
    text = "\n".join(lines)
    for marker, expression in EXPRESSIONS:
        text = text.replace(marker, expression)
    # What goes before lists goes to the line before it.
    text = text.replace("\n            {{- include", "{{- include").replace("\n      {{- with", "{{- with")
    left = [marker for marker in LEFT_OVER if marker in text]
    assert not left, f"markers that became no expression: {left}"
    return (
        f"{{{{- /* {about} Written by `make policies` from what `wispctl policy` prints: change that instead. */}}}}\n"
        f"{{{{- $pods := .Values.pods }}}}\n{{{{- if {condition} }}}}\n{text}\n{{{{- end }}}}\n"
    )


def branched(base, alternatives):
    """The lines of `base`, with branches where alternatives differ from it."""
    regions = {}
    for group in alternatives.values():
        for region, branches in regions_of(base, group).items():
            regions.setdefault(region, []).append(branches)
    lines, at = [], 0
    for (start, end), found in sorted(regions.items()):
        assert start >= at, f"two values change the same lines: {base[start:end]}"
        if len(found) > 1:
            found = [{condition: [] for branches in found for condition, text in same(branches, base[start:end]).items()}]
        lines += base[at:start]
        for number, (condition, text) in enumerate(simplest(found[0], base[start:end]).items()):
            lines += [f"{{{{- {'else if' if number else 'if'} {condition} }}}}" if condition else "{{- else }}", *text]
        lines.append("{{- end }}")
        at = end
    return lines + base[at:]


def simplest(branches, unchanged):
    """The branches with as few words as they can be said in; the last one, without a condition, is for what is left."""
    names = sorted({name for condition in branches for name in VALUE.findall(condition)})
    left = {given: first_true(branches, given, unchanged) for given in powerset(names)}
    said = {}
    for text in [text for number, text in enumerate(branches.values()) if text not in list(branches.values())[:number]]:
        if text == unchanged:
            continue
        condition = condition_of(names, {given: found == text for given, found in left.items()})
        if not condition:
            return {**branches, "": unchanged} if unchanged else branches
        said[condition] = text
        left = {given: found for given, found in left.items() if found != text}
    if [*said.values()] == [[]]:
        return {f"not ({condition})": unchanged for condition in said}
    return {**said, "": unchanged} if unchanged else said


def condition_of(names, wanted):
    """A condition on values, that holds where it is wanted; what is not in `wanted` does not matter."""
    for words, holds in CANDIDATES:
        for chosen in itertools.permutations(names, len(words.split("{}")) - 1):
            if all(holds(*(name in given for name in chosen)) == is_wanted for given, is_wanted in wanted.items()):
                return words.format(*chosen)
    return None


VALUE = re.compile(r'\(ne \S+ "off"\)|\$[\w.]+')
CANDIDATES = [
    ("{}", lambda a: a),
    ("and {} {}", lambda a, b: a and b),
    ("or {} {}", lambda a, b: a or b),
    ("and {} (not {})", lambda a, b: a and not b),
    ("and {} (not {}) (not {})", lambda a, b, c: a and not b and not c),
    ("or {} {} {}", lambda a, b, c: a or b or c),
    ("and {} {} (not {})", lambda a, b, c: a and b and not c),
    ("not (or {} {})", lambda a, b: not (a or b)),
]
"""Ways to say a condition, and when it holds."""


def powerset(names):
    return [frozenset(each) for count in range(len(names) + 1) for each in itertools.combinations(names, count)]


def first_true(branches, given, otherwise):
    return next((text for condition, text in branches.items() if set(VALUE.findall(condition)) <= given), otherwise)


def same(branches, unchanged):
    """The branches that change something, where several groups change the same lines: they have to take them away."""
    changing = {condition: text for condition, text in branches.items() if text != unchanged}
    assert not any(changing.values()), f"two values change the same lines: {unchanged}"
    return changing


def regions_of(base, group):
    """Where alternatives differ from the base: by its first line and the one after its last, the lines of each alternative."""
    changes = {condition: changes_of(base, text) for condition, text in group.items()}
    merged = []
    for start, end in sorted((change[0], change[1]) for each in changes.values() for change in each):
        # Changes that touch each other are one, unless nothing but the end of one is the start of the other.
        if merged and (start < merged[-1][1] or start == merged[-1][0] or (start == end == merged[-1][1])):
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    regions = {}
    for start, end in merged:
        regions[start, end] = {condition: within(base, group[condition], changes[condition], start, end) for condition in group}
    return regions


def changes_of(base, text):
    matcher = difflib.SequenceMatcher(None, base, text, autojunk=False)
    changes = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        # Lines that go, go one by one: several values may take the same ones away.
        changes += [(i, i + 1, j1, j2) for i in range(i1, i2)] if tag == "delete" else [(i1, i2, j1, j2)] if tag != "equal" else []
    return changes


def within(base, text, changes, start, end):
    """The lines of `text` in the place of `base[start:end]`."""
    lines, at = [], start
    for i1, i2, j1, j2 in changes:
        if start <= i1 and i2 <= end and (i1 < end or i1 == i2 == end):
            lines += base[at:i1] + text[j1:j2]
            at = i2
    return lines + base[at:end]


if __name__ == "__main__":
    main(*sys.argv[1:])
