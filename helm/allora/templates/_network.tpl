{{/* Peers in the form of a policy, or none, which stands for any. Takes (dict "key" to or from "peers" list). */}}
{{- define "allora.peers" -}}
{{- with .peers }}
{{ $.key }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* One line out of a pod. Takes (dict "to" peers "ports" list "protocols" list). */}}
{{- define "allora.egress" -}}
- ports:
    {{- range $port := .ports }}
    {{- range $.protocols | default (list "TCP") }}
    - { protocol: {{ . }}, port: {{ $port }} }
    {{- end }}
    {{- end }}
  {{- include "allora.peers" (dict "key" "to" "peers" .to) | nindent 2 }}
{{- end -}}

{{- define "allora.dnsEgress" -}}
{{- with .Values.networkPolicy.dns -}}
{{ include "allora.egress" (dict "to" .to "ports" (list .port) "protocols" (list "UDP" "TCP")) }}
{{- end -}}
{{- end -}}

{{/* The line to postgresql, kafka or redis. Takes (dict "root" $ "part" name). */}}
{{- define "allora.partEgress" -}}
{{- $values := .root.Values -}}
{{- $to := (index $values.networkPolicy .part).to -}}
{{- if eq .part "kafka" -}}
{{- $ports := list -}}
{{- range (include "allora.kafka" .root | fromYaml).brokers }}{{ $ports = append $ports (splitList ":" . | last) }}{{ end -}}
{{- if $values.strimzi.enabled -}}
{{- $to = list (dict "podSelector" (dict "matchLabels" (dict "strimzi.io/cluster" (include "allora.strimzi" .root)))) -}}
{{- end -}}
{{ include "allora.egress" (dict "to" $to "ports" (uniq $ports)) }}
{{- else -}}
{{- if and (eq .part "postgresql") $values.cloudNativePg.enabled -}}
{{- $to = list (dict "podSelector" (dict "matchLabels" (dict "cnpg.io/cluster" (include "allora.postgres" .root)))) -}}
{{- end -}}
{{ include "allora.egress" (dict "to" $to "ports" (list (index $values.networkPolicy .part).port)) }}
{{- end -}}
{{- end -}}

{{/* Pods of one service as a peer. Takes (dict "root" $ "service" name). */}}
{{- define "allora.podPeer" -}}
- podSelector:
    matchLabels:
      {{- include "allora.selector" . | nindent 6 }}
{{- end -}}
