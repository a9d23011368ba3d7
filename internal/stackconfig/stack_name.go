package stackconfig

import (
	"fmt"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// bareName is the stack's name without organization and project, in which a
// stack may be written: organization/project/stack, organization/stack. The
// organization is known to the backend only (pkg/backend/httpstate/backend.go).
func (p *Project) bareName(given string) (string, error) {
	parts := strings.Split(given, "/")
	name := parts[len(parts)-1]
	if len(parts) > 3 || !stack.IsName(name) {
		return "", fmt.Errorf("stack %q: expected stack, organization/stack or organization/project/stack, "+
			"the stack's name of letters, digits, hyphens, underscores and periods, at most 100", given)
	}
	// pkg/backend/backend.go: pulumi up refuses another project's stack.
	if len(parts) == 3 && parts[1] != p.Name {
		return "", fmt.Errorf("stack %q is one of project %s, and this project is %s (%s): "+
			"write %s/%s/%s, or name the directory of the other project with --project",
			given, parts[1], p.Name, p.File, parts[0], p.Name, name)
	}
	return name, nil
}
