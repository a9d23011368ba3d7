package awsconfig

import (
	"fmt"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
)

// Path is the configuration file: $AWS_CONFIG_FILE, or .aws/config in the home
// directory. As botocore does, it puts in environment variables ($NAME and
// ${NAME}; unknown ones stay) and home directories (~ and ~user). It asks for the
// home directory only where the path is below it; the error is that of home.
//
// https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html
func Path(getenv func(string) string, home func() (string, error)) (string, error) {
	return location("AWS_CONFIG_FILE", "config", getenv, home)
}

// CredentialsPath is the credentials file: $AWS_SHARED_CREDENTIALS_FILE, or
// .aws/credentials in the home directory, as [Path] gives the other one.
func CredentialsPath(getenv func(string) string, home func() (string, error)) (string, error) {
	return location("AWS_SHARED_CREDENTIALS_FILE", "credentials", getenv, home)
}

func location(
	variable, name string, getenv func(string) string, home func() (string, error),
) (string, error) {
	if set := getenv(variable); set != "" {
		return expandHome(expandVariables(set, getenv), home)
	}
	directory, err := home()
	if err != nil {
		return "", fmt.Errorf("finding ~/.aws/%s: %w: set it, or %s", name, err, variable)
	}
	return filepath.Join(directory, ".aws", name), nil
}

func expandVariables(path string, getenv func(string) string) string {
	if !strings.Contains(path, "$") {
		return path
	}
	return regexp.MustCompile(`\$(\w+|\{[^}]*\})`).ReplaceAllStringFunc(path, func(reference string) string {
		if value := getenv(strings.Trim(reference, "${}")); value != "" {
			return value
		}
		return reference
	})
}

func expandHome(path string, home func() (string, error)) (string, error) {
	rest, found := strings.CutPrefix(path, "~")
	if !found {
		return path, nil
	}
	name, below := rest, ""
	if at := strings.IndexAny(rest, "/"+string(filepath.Separator)); at >= 0 {
		name, below = rest[:at], rest[at:]
	}
	if name == "" {
		directory, err := home()
		if err != nil {
			return "", fmt.Errorf("finding %s: %w", path, err)
		}
		return strings.TrimRight(directory, "/") + below, nil
	}
	if found, err := user.Lookup(name); err == nil {
		return found.HomeDir + below, nil
	}
	return path, nil
}
