{{/* Prefix of every name; short enough for the longest service's name to follow. */}}
{{- define "allora.prefix" -}}
{{- $name := .Release.Name -}}
{{- if not (contains .Chart.Name $name) -}}{{- $name = printf "%s-%s" $name .Chart.Name -}}{{- end -}}
{{- $name | trunc 45 | trimSuffix "-" -}}
{{- end -}}

{{/* Takes (dict "root" $ "service" name), as all below. */}}
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

{{/* The settings as a map, so that a service's own env replaces a common one instead of standing twice. */}}
{{- define "allora.settings" -}}
{{- $values := .root.Values -}}
{{- $settings := dict
  "BUS" "kafka"
  "KAFKA_BROKERS" (join "," $values.kafka.brokers)
  "KAFKA_PARTITIONS" ($values.kafka.partitions | int | toString)
  "KAFKA_REPLICATION" ($values.kafka.replication | int | toString)
  "CHAIN_ID" $values.chainId
  "DATABASE_POOL_SIZE" ($values.database.poolSize | int | toString)
  "HTTP_PORT" "8080"
  "GRPC_PORT" "9080"
  "OPERATIONS_PORT" "8081"
  "LOG_FORMAT" "json"
  "LOG_LEVEL" $values.logLevel
  "SHUTDOWN_DELAY_MS" ($values.shutdown.delayMs | int | toString)
  "SHUTDOWN_TIMEOUT_MS" ($values.shutdown.timeoutMs | int | toString)
-}}
{{- with $values.kafka.topicPrefix }}{{- $_ := set $settings "BUS_TOPIC_PREFIX" . }}{{- end -}}
{{- if has .service (list "gateway" "inference-ingest" "forecast-ingest" "reputation" "rewards") -}}
{{- $coordinator := include "allora.name" (dict "root" .root "service" "topic-coordinator") -}}
{{- $_ := set $settings "COORDINATOR_GRPC_ADDRESS" (printf "%s:9080" $coordinator) -}}
{{- end -}}
{{- with $values.oidc }}{{- if .issuer -}}
{{- $_ := set $settings "OIDC_ISSUER" .issuer -}}
{{- $_ := set $settings "OIDC_AUDIENCE" .audience -}}
{{- $_ := set $settings "OIDC_JWKS_URL" .jwksUrl -}}
{{- $_ := set $settings "OIDC_ROLE_CLAIM" .roleClaim -}}
{{- $_ := set $settings "OIDC_OPERATOR_ROLE" .operatorRole -}}
{{- end }}{{- end -}}
{{- if eq .service "gateway" -}}
{{- $_ := set $settings "RATE_LIMIT_PER_API_KEY" ($values.limits.perApiKey | int | toString) -}}
{{- with $values.limits.trustProxy -}}
{{- $_ := set $settings "TRUST_PROXY" (join "," .) -}}
{{- $_ := set $settings "RATE_LIMIT_PER_ADDRESS" ($values.limits.perAddress | int | toString) -}}
{{- end -}}
{{- with $values.corsOrigins }}{{- $_ := set $settings "CORS_ORIGINS" (join "," .) }}{{- end -}}
{{- with $values.evm.chains }}{{- $_ := set $settings "EVM_CHAINS" (join "," .) }}{{- end -}}
{{- $root := .root -}}
{{- range $service := list "inference-ingest" "forecast-ingest" "reputation" -}}
{{- $variable := printf "%s_GRPC_ADDRESS" ($service | upper | replace "-" "_") -}}
{{- $_ := set $settings $variable (printf "%s:9080" (include "allora.name" (dict "root" $root "service" $service))) -}}
{{- end -}}
{{- end -}}
{{- if eq .service "rewards" -}}
{{- $root := .root -}}
{{- range $service := list "synthesis" "reputation" -}}
{{- $variable := printf "%s_GRPC_ADDRESS" ($service | upper) -}}
{{- $_ := set $settings $variable (printf "%s:9080" (include "allora.name" (dict "root" $root "service" $service))) -}}
{{- end -}}
{{- end -}}
{{- if eq .service "topic-coordinator" -}}
{{- $rewards := include "allora.name" (dict "root" .root "service" "rewards") -}}
{{- $_ := set $settings "REWARDS_GRPC_ADDRESS" (printf "%s:9080" $rewards) -}}
{{- $_ := set $settings "CLOCK" "wall" -}}
{{- $_ := set $settings "BLOCK_INTERVAL_MS" ($values.blockIntervalMs | int | toString) -}}
{{- with $values.genesisTime }}{{- $_ := set $settings "GENESIS_TIME" . }}{{- end -}}
{{- end -}}
{{- mergeOverwrite $settings ((index $values.services .service).env | default dict) | toYaml -}}
{{- end -}}
