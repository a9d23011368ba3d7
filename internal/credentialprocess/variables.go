package credentialprocess

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Formats are those of [Credentials.Print], the output of a credential_process first.
func Formats() []string { return []string{"json", "env", "fish", "powershell"} }

// Print writes the credentials in a format: as the output of a credential_process, or
// for a shell, which then has the region as well, if it is not empty.
func (c Credentials) Print(out io.Writer, format, region string) error {
	var line string
	var quoted []string
	switch format {
	case "env":
		line, quoted = "export %s='%s'\n", []string{"'", `'\''`}
	case "fish":
		line, quoted = "set -gx %s '%s'\n", []string{`\`, `\\`, "'", `\'`}
	case "powershell": // to which these, too, are quotes
		line, quoted = "$Env:%s = '%s'\n", []string{"'", "''", "‘", "‘‘", "’", "’’", "‚", "‚‚", "‛", "‛‛"}
	default:
		return json.NewEncoder(out).Encode(c) //nolint:gosec // G117: this is what it is for
	}
	for _, variable := range c.variables(region) {
		name, value, _ := strings.Cut(variable, "=")
		if _, err := fmt.Fprintf(out, line, name, strings.NewReplacer(quoted...).Replace(value)); err != nil {
			return err
		}
	}
	return nil
}

// variables are those in which AWS CLI and SDKs look for credentials.
//
// https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html#EVarSettings
func (c Credentials) variables(region string) []string {
	variables := []string{
		"AWS_ACCESS_KEY_ID=" + c.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + c.SecretAccessKey,
		"AWS_SESSION_TOKEN=" + c.SessionToken,
	}
	if !c.Expiration.IsZero() {
		variables = append(variables, "AWS_CREDENTIAL_EXPIRATION="+c.Expiration.Format(time.RFC3339))
	}
	if region != "" {
		variables = append(variables, "AWS_REGION="+region, "AWS_DEFAULT_REGION="+region)
	}
	return variables
}

// Environ is the environment of a program that has these credentials and finds no
// others.
func (c Credentials) Environ(environ []string, region string) []string {
	others := []string{
		"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_SECURITY_TOKEN",
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION",
		"AWS_CREDENTIAL_FILE", "AWS_ACCOUNT_ID", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
		"AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", Chain,
	}
	if region != "" {
		others = append(others, "AWS_REGION", "AWS_DEFAULT_REGION")
	}
	kept := slices.DeleteFunc(slices.Clone(environ), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains(others, name)
	})
	return append(kept, c.variables(region)...)
}
