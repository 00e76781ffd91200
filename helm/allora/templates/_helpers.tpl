{{/* Prefix of every name; short enough for the longest service's name to follow. */}}
{{- define "allora.prefix" -}}
{{- $name := .Release.Name -}}
{{- if not (contains .Chart.Name $name) -}}{{- $name = printf "%s-%s" $name .Chart.Name -}}{{- end -}}
{{- $name | trunc 45 | trimSuffix "-" -}}
{{- end -}}

{{/* Takes (dict "root" $ "service" name), as do "selector" and "labels". */}}
{{- define "allora.name" -}}
{{- printf "%s-%s" (include "allora.prefix" .root) .service -}}
{{- end -}}

{{- define "allora.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .service }}
{{- end -}}

{{- define "allora.labels" -}}
{{ include "allora.selector" . }}
app.kubernetes.io/part-of: {{ .root.Chart.Name }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "allora.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}{{ printf "%s@%s" .repository .digest }}
{{- else -}}{{ printf "%s:%s" .repository (.tag | default $.Chart.AppVersion) }}{{- end -}}
{{- end -}}
{{- end -}}

{{/* The arrows, as in files/network.yaml. */}}
{{- define "allora.network" -}}{{ .Files.Get "files/network.yaml" }}{{- end -}}
{{- define "allora.routes" -}}{{ .Files.Get "files/routes.yaml" }}{{- end -}}

{{/* Whether a part that the preparation needs is made by this very release, so that the first one can't come before it. */}}
{{- define "allora.makesParts" -}}
{{- if or .Values.strimzi.enabled .Values.cloudNativePg.enabled .Values.externalSecrets.enabled -}}true{{- end -}}
{{- end -}}

{{- define "allora.postgres" -}}{{ include "allora.prefix" . }}-postgres{{- end -}}
{{- define "allora.strimzi" -}}{{ include "allora.prefix" . }}-kafka{{- end -}}

{{/* Kafka as the pods find it: Strimzi's, or that of kafka. */}}
{{- define "allora.kafka" -}}
{{- $kafka := deepCopy .Values.kafka -}}
{{- if .Values.strimzi.enabled -}}
{{- $cluster := include "allora.strimzi" . -}}
{{- $user := printf "%s-user" $cluster -}}
{{- $_ := set $kafka "brokers" (list (printf "%s-kafka-bootstrap:9093" $cluster)) -}}
{{- $_ := set $kafka.tls "enabled" true -}}
{{- $_ := set $kafka.tls "caSecretName" (printf "%s-cluster-ca-cert" $cluster) -}}
{{- $_ := set $kafka.tls "caKey" "ca.crt" -}}
{{- $_ := set $kafka "sasl" (dict "mechanism" "scram-sha-512" "username" $user "secretName" $user "passwordKey" "password") -}}
{{- end -}}
{{- toYaml $kafka -}}
{{- end -}}

{{/* CA certificates for URLs of the database to name, as a secret; empty: none. */}}
{{- define "allora.databaseCa" -}}
{{- if .Values.database.caSecretName -}}{{ .Values.database.caSecretName }}
{{- else if .Values.cloudNativePg.enabled -}}{{ include "allora.postgres" . }}-ca{{- end -}}
{{- end -}}
