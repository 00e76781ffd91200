{{/* What every pod of this chart has in common. Takes (dict "root" $ "service" name "grace" seconds). */}}
{{- define "allora.podCommon" -}}
serviceAccountName: {{ include "allora.name" . }}
automountServiceAccountToken: false
# Otherwise every Service of the namespace adds variables to the environment that settings are read from.
enableServiceLinks: false
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile:
    type: RuntimeDefault
{{- with .root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "allora.containerSecurity" -}}
securityContext:
  runAsNonRoot: true
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end -}}

{{/*
  Files that a process reads, all read-only, as a list of (name, secret or configMap). Takes (dict "root" $ "service" name).
*/}}
{{- define "allora.files" -}}
{{- $files := list -}}
{{- $kafka := include "allora.kafka" .root | fromYaml -}}
{{- if and $kafka.tls.enabled $kafka.tls.caSecretName -}}
{{- $files = append $files (dict "name" "kafka-ca" "secret" $kafka.tls.caSecretName "key" $kafka.tls.caKey) -}}
{{- end -}}
{{- if and $kafka.tls.enabled $kafka.tls.certSecretName -}}
{{- $files = append $files (dict "name" "kafka-cert" "secret" $kafka.tls.certSecretName) -}}
{{- end -}}
{{- with .root.Values.tls.ca.secretName -}}
{{- $files = append $files (dict "name" "ca" "secret" . "key" $.root.Values.tls.ca.secretKey) -}}
{{- end -}}
{{- with include "allora.databaseCa" .root -}}
{{- $files = append $files (dict "name" "database-ca" "secret" . "key" $.root.Values.database.caKey "as" "ca.crt") -}}
{{- end -}}
{{- if eq .service "rewards" -}}
{{- $files = append $files (dict "name" "genesis" "configMap" .root.Values.genesis.configMapName) -}}
{{- end -}}
{{- dict "files" $files | toYaml -}}
{{- end -}}

{{- define "allora.volumeMounts" -}}
{{- with (include "allora.files" . | fromYaml).files }}
volumeMounts:
  {{- range . }}
  - name: {{ .name }}
    mountPath: /etc/allora/{{ .name }}
    readOnly: true
  {{- end }}
{{- end }}
{{- end -}}

{{- define "allora.volumes" -}}
{{- with (include "allora.files" . | fromYaml).files }}
volumes:
  {{- range . }}
  - name: {{ .name }}
    {{- if .configMap }}
    configMap:
      name: {{ .configMap }}
    {{- else }}
    secret:
      secretName: {{ .secret }}
      defaultMode: 288 # 0440
      {{- if .key }}
      items:
        - key: {{ .key }}
          path: {{ .as | default .key }}
      {{- end }}
    {{- end }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* Annotations of what runs before a release's pods. Takes (dict "weight" text "once" whether it goes when it is through). */}}
{{- define "allora.hook" -}}
annotations:
  helm.sh/hook: pre-install,pre-upgrade
  helm.sh/hook-weight: {{ .weight | quote }}
  helm.sh/hook-delete-policy: before-hook-creation{{ if .once }},hook-succeeded{{ end }}
{{- end -}}
