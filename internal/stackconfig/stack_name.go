package stackconfig

import (
	"fmt"
	"regexp"
	"strings"
)

// nameOfStack is what Pulumi lets a stack be called (sdk/tokens/stack_name.go).
var nameOfStack = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,100}$`)

// bareName is the stack's name without organization and project, in which a
// stack may be written: organization/project/stack, organization/stack. The
// organization is known to the backend only (pkg/backend/httpstate/backend.go).
func (p *Project) bareName(stack string) (string, error) {
	parts := strings.Split(stack, "/")
	name := parts[len(parts)-1]
	if len(parts) > 3 || !nameOfStack.MatchString(name) {
		return "", fmt.Errorf("stack %q: expected stack, organization/stack or organization/project/stack, "+
			"the stack's name of letters, digits, hyphens, underscores and periods, at most 100", stack)
	}
	// pkg/backend/backend.go: pulumi up refuses another project's stack.
	if len(parts) == 3 && parts[1] != p.Name {
		return "", fmt.Errorf("stack %q is one of project %s, and this project is %s (%s): "+
			"write %s/%s/%s, or name the directory of the other project with --project",
			stack, parts[1], p.Name, p.File, parts[0], p.Name, name)
	}
	return name, nil
}
