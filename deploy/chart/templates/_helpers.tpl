{{- /* What the names of all objects begin with. Longer ones are cut where room is left for what follows, and told apart by a hash. */}}
{{- define "wisp.fullname" -}}
{{- $name := .Values.fullnameOverride | default (ternary .Release.Name (printf "%s-wisp" .Release.Name) (contains "wisp" .Release.Name)) }}
{{- if gt (len $name) 42 }}{{ printf "%s-%s" (trunc 33 $name | trimSuffix "-") (sha256sum $name | trunc 8) }}{{ else }}{{ $name }}{{ end }}
{{- end }}

{{- define "wisp.webhook" }}{{ include "wisp.fullname" . }}-webhook{{ end }}

{{- define "wisp.labels" -}}
{{ include "wisp.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "wisp.selector" -}}
app.kubernetes.io/name: wisp
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "wisp.webhookSelector" -}}
{{ include "wisp.selector" . }}
app.kubernetes.io/component: webhook
{{- end }}

{{- /* The reference of an image: by digest, or by a tag that somebody asked for. */}}
{{- define "wisp.reference" }}{{ .repository }}{{ with .tag }}:{{ . }}{{ end }}{{ with .digest }}@{{ . }}{{ end }}{{ end }}
{{- define "wisp.image" }}{{ include "wisp.reference" .Values.image }}{{ end }}

{{- /* Which namespaces, beside those that are never meant: all that the values say makes them fewer. */}}
{{- define "wisp.namespaceExpressions" }}
{{- range $key, $value := .Values.namespaceSelector.matchLabels }}
- key: {{ $key | quote }}
  operator: In
  values: [{{ $value | quote }}]
{{- end }}
{{- with .Values.namespaceSelector.matchExpressions }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "wisp.namespaceSelector" -}}
matchExpressions:
- key: kubernetes.io/metadata.name
  operator: NotIn
  values: [kube-system, kube-node-lease, {{ .Release.Namespace }}]
{{- include "wisp.namespaceExpressions" . }}
{{- end }}

{{- /* A text as a literal of CEL. The schema lets nothing through that could end one. */}}
{{- define "wisp.cel" }}
{{- if regexMatch "['\"\\\\\\n\\r]" . }}{{ fail (printf "`%s` has a quote, a backslash or a line break, which a policy cannot hold" .) }}{{ end }}
{{- printf "'%s'" . }}
{{- end }}

{{- define "wisp.policySettings" }}
{{- $items := list }}
{{- range $name, $value := . }}
{{- $items = append $items (printf "dyn({'name': %s, 'value': %s})" (include "wisp.cel" $name) (include "wisp.cel" $value)) }}
{{- end }}
{{- join ",\n" $items }}
{{- end }}

{{- define "wisp.policyVersion" }}admissionregistration.k8s.io/{{ .Values.policy.apiVersion }}{{ end }}

{{- /* What a guard rail does, or nothing where it is off: (list $ "its key in the values"). */}}
{{- define "wisp.guardRail" }}
{{- $root := index . 0 }}
{{- $action := get $root.Values.guardRails (index . 1) }}
{{- if eq $action "auto" }}
{{- $action = get (dict "sidecar" "deny" "clientIds" "off" "defaultAccount" "warn" "clientSecret" "warn") (index . 1) }}
{{- if eq $root.Values.injection "none" }}{{ $action = "off" }}{{ end }}
{{- end }}
{{- if ne $action "off" }}{{ $action }}{{ end }}
{{- end }}

{{- /* The choices for pods, as flags of `wispctl`. */}}
{{- define "wisp.flags" }}
{{- $pods := .Values.pods }}
- --mode={{ $pods.mode }}
- --redirect={{ $pods.redirect }}
{{- $flags := dict "client-id" $pods.clientId "tenant-id" $pods.tenantId "authority" $pods.authority "config-map" $pods.configMap "audience" $pods.audience "cpu" $pods.cpu "memory" $pods.memory }}
{{- range $name, $value := $flags }}
{{- if $value }}
- {{ printf "--%s=%s" $name $value | quote }}
{{- end }}
{{- end }}
- --token-lifetime={{ int $pods.tokenLifetime }}
- --verify={{ $pods.verify }}
{{- range $name, $value := $pods.settings }}
- {{ printf "--set=%s=%s" $name $value | quote }}
{{- end }}
{{- with $pods.caFile.configMap }}
- {{ printf "--file=WISP_CA_FILE=configmap/%s/%s" . $pods.caFile.key | quote }}
{{- end }}
{{- end }}

{{- define "wisp.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: 54254
capabilities: {drop: [ALL]}
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- /* Whether an API is served: (list $ "group/version/Kind" "1.36"). A cluster says what it serves; without one, its version does. */}}
{{- define "wisp.serves" }}
{{- $capabilities := (index . 0).Capabilities }}
{{- if $capabilities.APIVersions.Has "v1/Pod" }}
{{- if $capabilities.APIVersions.Has (index . 1) }}true{{ end }}
{{- else if semverCompare (printf ">=%s.0-0" (index . 2)) $capabilities.KubeVersion.Version }}true{{ end }}
{{- end }}

{{- define "wisp.testNamespace" }}{{ include "wisp.fullname" . }}-test{{ end }}

{{- /* Whether a test can make a namespace that is served: not where namespaces are served by names that its is none of. */}}
{{- define "wisp.ownTest" }}
{{- $key := "kubernetes.io/metadata.name" }}
{{- $name := include "wisp.testNamespace" . }}
{{- $is := dict "served" (eq (get (.Values.namespaceSelector.matchLabels | default dict) $key | default $name) $name) }}
{{- range .Values.namespaceSelector.matchExpressions }}
{{- if and (eq .key $key) (or (and (eq .operator "In") (not (has $name .values))) (and (eq .operator "NotIn") (has $name .values)) (eq .operator "DoesNotExist")) }}
{{- $_ := set $is "served" false }}
{{- end }}
{{- end }}
{{- if $is.served }}true{{ end }}
{{- end }}
