package stackconfig

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// fullKey is namespace:name of a key as it stands in a file: without a namespace
// it means the project's, and namespace:config:name is an old spelling
// (sdk/resource/config/key.go).
func fullKey(project, key string) (string, error) {
	parts := strings.Split(key, ":")
	switch {
	case len(parts) == 1:
		return project + ":" + key, nil
	case len(parts) == 2:
		return key, nil
	case len(parts) == 3 && parts[1] == "config":
		return parts[0] + ":" + parts[2], nil
	}
	return "", fmt.Errorf("config key %s: expected namespace:name, or a name alone for the namespace %s", key, project)
}

// plainSegment is what stands in a path without quotes. Pulumi reads more so;
// quotes are right for everything.
var plainSegment = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_$-]+$`) })

// pathTo is the start of a path as pulumi config --path takes it, for a full key.
func pathTo(key string) string {
	namespace, name, _ := strings.Cut(key, ":")
	if plainSegment().MatchString(name) {
		return key
	}
	return namespace + ":" + quoted(name)
}

func member(path, name string) string {
	if plainSegment().MatchString(name) {
		return path + "." + name
	}
	return path + quoted(name)
}

// quoted escapes as sdk/resource/properties_path.go reads it: quotes alone.
func quoted(name string) string { return `["` + strings.ReplaceAll(name, `"`, `\"`) + `"]` }
