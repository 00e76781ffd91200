{{/* "GET /v1/topics/{id}" as its path, as a regular expression without its ends: /v1/topics/[^/]+ */}}
{{- define "allora.pathPattern" -}}
{{- regexReplaceAll "\\{[a-z]+\\}" (splitList " " . | last | replace "." "[.]") "[^/]+" -}}
{{- end -}}

{{/*
  Public paths by service: {paths: [{path, service, methods}]}. A path that two services share is the gateway's, but for the other's
  methods.
*/}}
{{- define "allora.publicPaths" -}}
{{- $shared := dict -}}
{{- range $service, $routes := (include "allora.routes" . | fromYaml).http -}}
{{- range $routes -}}
{{- $path := include "allora.pathPattern" . -}}
{{- $_ := set $shared $path (append (index $shared $path | default list) $service | uniq) -}}
{{- end -}}
{{- end -}}
{{- $paths := list -}}
{{- $seen := dict -}}
{{- range $service, $routes := (include "allora.routes" . | fromYaml).http -}}
{{- range $routes -}}
{{- $path := include "allora.pathPattern" . -}}
{{- $methods := list -}}
{{- if and (gt (len (index $shared $path)) 1) (ne $service "gateway") -}}
{{- $methods = list (splitList " " . | first) -}}
{{- end -}}
{{- $entry := dict "path" $path "service" $service "methods" $methods -}}
{{- $key := toJson $entry -}}
{{- if not (hasKey $seen $key) -}}
{{- $_ := set $seen $key true -}}
{{- $paths = append $paths $entry -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- dict "paths" $paths | toJson -}}
{{- end -}}
