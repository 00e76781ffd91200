{{/* What every process is told that speaks to the database and to Kafka. Takes the root. */}}
{{- define "allora.linesSettings" -}}
{{- $kafka := include "allora.kafka" . | fromYaml -}}
{{- $settings := dict
  "KAFKA_BROKERS" (join "," $kafka.brokers)
  "KAFKA_PARTITIONS" ($kafka.partitions | int | toString)
  "KAFKA_REPLICATION" ($kafka.replication | int | toString)
  "LOG_FORMAT" "json"
  "LOG_LEVEL" .Values.logLevel
-}}
{{- with $kafka.topicPrefix }}{{- $_ := set $settings "BUS_TOPIC_PREFIX" . }}{{- end -}}
{{- with $kafka.tls }}{{- if .enabled -}}
{{- $_ := set $settings "KAFKA_TLS" "true" -}}
{{- if .caSecretName }}{{- $_ := set $settings "KAFKA_TLS_CA_FILE" (printf "/etc/allora/kafka-ca/%s" .caKey) }}{{- end -}}
{{- if .certSecretName -}}
{{- $_ := set $settings "KAFKA_TLS_CERT_FILE" (printf "/etc/allora/kafka-cert/%s" .certKey) -}}
{{- $_ := set $settings "KAFKA_TLS_KEY_FILE" (printf "/etc/allora/kafka-cert/%s" .keyKey) -}}
{{- end -}}
{{- end }}{{- end -}}
{{- if $kafka.sasl.mechanism -}}
{{- $_ := set $settings "KAFKA_SASL_MECHANISM" $kafka.sasl.mechanism -}}
{{- $_ := set $settings "KAFKA_SASL_USERNAME" $kafka.sasl.username -}}
{{- end -}}
{{- if .Values.tls.required }}{{- $_ := set $settings "REQUIRE_TLS" "true" }}{{- end -}}
{{- with .Values.tls.ca }}{{- if .secretName -}}
{{- $_ := set $settings "NODE_EXTRA_CA_CERTS" (printf "/etc/allora/ca/%s" .secretKey) -}}
{{- end }}{{- end -}}
{{- toYaml $settings -}}
{{- end -}}

{{/* Whether a service signs with the network's key, or acts on what the others signed. Takes its name. */}}
{{- define "allora.knowsNetworkKey" -}}
{{- if has . (list "gateway" "inference-ingest" "forecast-ingest" "reputation" "rewards") -}}true{{- end -}}
{{- end -}}

{{/* The settings as a map, so that a service's own env replaces a common one instead of standing twice. */}}
{{- define "allora.settings" -}}
{{- $root := .root -}}
{{- $values := .root.Values -}}
{{- $settings := include "allora.linesSettings" .root | fromYaml -}}
{{- $_ := set $settings "BUS" "kafka" -}}
{{- $_ := set $settings "MIGRATIONS" (ternary "check" "apply" $values.prepare.enabled) -}}
{{- $_ := set $settings "CHAIN_ID" $values.chainId -}}
{{- $_ := set $settings "DATABASE_POOL_SIZE" ($values.database.poolSize | int | toString) -}}
{{- $_ := set $settings "HTTP_PORT" "8080" -}}
{{- $_ := set $settings "GRPC_PORT" "9080" -}}
{{- $_ := set $settings "OPERATIONS_PORT" "8081" -}}
{{- $_ := set $settings "SHUTDOWN_DELAY_MS" ($values.shutdown.delayMs | int | toString) -}}
{{- $_ := set $settings "SHUTDOWN_TIMEOUT_MS" ($values.shutdown.timeoutMs | int | toString) -}}
{{- range $setting, $owner := (index (include "allora.network" .root | fromYaml) .service).calls -}}
{{- $_ := set $settings $setting (printf "%s:9080" (include "allora.name" (dict "root" $root "service" $owner))) -}}
{{- end -}}
{{- if include "allora.knowsNetworkKey" .service -}}
{{- with $values.networkKey.publicKeys }}{{- $_ := set $settings "NETWORK_PUBLIC_KEYS" (join "," .) }}{{- end -}}
{{- end -}}
{{- with $values.tracing }}{{- if .endpoint -}}
{{- $_ := set $settings "OTEL_EXPORTER_OTLP_ENDPOINT" .endpoint -}}
{{- $_ := set $settings "OTEL_TRACES_SAMPLER_ARG" (.sampledShare | toString) -}}
{{- end }}{{- end -}}
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
{{- with $values.evm.signerAddresses }}{{- $_ := set $settings "EVM_SIGNER_ADDRESSES" (join "," .) }}{{- end -}}
{{- end -}}
{{- if eq .service "topic-coordinator" -}}
{{- $_ := set $settings "CLOCK" "wall" -}}
{{- $_ := set $settings "BLOCK_INTERVAL_MS" ($values.blockIntervalMs | int | toString) -}}
{{- with $values.genesisTime }}{{- $_ := set $settings "GENESIS_TIME" . }}{{- end -}}
{{- end -}}
{{- if eq .service "rewards" -}}
{{- $_ := set $settings "GENESIS_FILE" (printf "/etc/allora/genesis/%s" $values.genesis.configMapKey) -}}
{{- end -}}
{{- mergeOverwrite $settings ((index $values.services .service).env | default dict) | toYaml -}}
{{- end -}}

{{/* Takes (dict "variable" "secret" "key"). */}}
{{- define "allora.secretEnv" -}}
- name: {{ .variable }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret }}
      key: {{ .key }}
{{ end -}}

{{- define "allora.plainEnv" -}}
{{- range $name, $value := . }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end -}}

{{/* Kafka's password, of every process that speaks to it. Takes the root. */}}
{{- define "allora.kafkaSecretEnv" -}}
{{- with (include "allora.kafka" . | fromYaml).sasl -}}
{{- if .mechanism -}}
{{ include "allora.secretEnv" (dict "variable" "KAFKA_SASL_PASSWORD" "secret" .secretName "key" .passwordKey) }}
{{- end -}}
{{- end -}}
{{- end -}}
