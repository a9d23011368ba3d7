package stackfile

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/deployed"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/project"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/stackconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// ErrExists is wrapped by the error about a stack file that is there already.
var ErrExists = errors.New("it exists already")

// Source is what a stack file is written from.
type Source struct {
	// Project is that of the stack.
	Project *stackconfig.Project
	// Stack is the name of the stack.
	Stack   string
	Account policy.Account
	Region  string
	// Groups give the roles, one each, in this order.
	Groups []Group
}

// Group is a group of the account and the role that it gives.
type Group struct {
	deployed.Group
	// Role is the role's name in the configuration.
	Role string
	// Own is what members have of their own, by user name.
	Own map[string]deployed.UserPolicies
	// OwnUnread says why Own is not complete; nil if it is.
	OwnUnread error
}

// File is a stack file that has been checked: it is read as Pulumi reads it, and
// the stack holds what [policy.Verify] tries.
type File struct {
	Text  []byte
	Roles []Role
	// Enforce is whether the deny without MFA is in force from the start: only
	// if an earlier deployment has it in force for every group already.
	Enforce bool

	source Source
}

// New is the file for what the account has. The error wraps a
// [*stack.ConfigError] or a [*policy.ViolationError], or says that a group has no
// policy that a role can have, or that a name or the region does not fit.
func New(source Source) (File, error) {
	if err := source.Account.Check(); err != nil {
		return File{}, err
	}
	if !stack.IsRegion(source.Region) {
		return File{}, fmt.Errorf("region %q: it is no AWS region: give the code of one, such as eu-west-1", source.Region)
	}
	if of := policy.PartitionOfRegion(source.Region); of != source.Account.Partition {
		return File{}, fmt.Errorf("region %s is of partition %s, and account %s of partition %s: "+
			"give a region of that partition", source.Region, of, source.Account.ID, source.Account.Partition)
	}
	file := File{source: source, Enforce: !slices.ContainsFunc(source.Groups, func(g Group) bool { return !enforced(g) })}
	for _, group := range source.Groups {
		role, err := roleOf(source, group)
		if err != nil {
			return File{}, fmt.Errorf("group %s: %w", group.Name, err)
		}
		file.Roles = append(file.Roles, role)
	}
	text, err := compose(source, file, nil)
	if err != nil {
		return File{}, err
	}
	file.Text = text
	read, err := file.read()
	if err != nil {
		return File{}, fmt.Errorf("this is a defect of awsmfa: the stack file that was made is not right: %w", err)
	}
	return file, file.prove(read)
}

// mode is that of stack files: they are shared, and hold no secrets.
const mode = 0o644

// Write writes the file at path. It replaces a file that is there, in one step,
// only if told to; else the error wraps [ErrExists], also about a file that came to be
// there at the same time.
func (f File) Write(path string, replace bool) error {
	write := writeNew
	if replace {
		write = writeOver
	}
	switch err := write(path, f.Text); {
	case errors.Is(err, os.ErrExist):
		return exists(path)
	case err != nil:
		return fmt.Errorf("writing the stack file: %w", err)
	}
	return nil
}

// writeNew creates the file, and takes it away again if it cannot be filled.
func writeNew(path string, text []byte) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(path))
		}
	}()
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

func exists(path string) error { return fmt.Errorf("stack file %s: %w", path, ErrExists) }

// CheckNew reports whether there is nothing at path; else the error wraps
// [ErrExists].
func CheckNew(path string) error {
	switch _, err := os.Lstat(path); {
	case err == nil:
		return exists(path)
	case !errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("looking for the stack file: %w", err)
	}
	return nil
}

// read reads the text back as a deployment does.
func (f File) read() (project.Stack, error) {
	written, err := f.source.Project.ConfigOf(f.source.Stack, f.Text)
	var config project.Stack
	if err == nil {
		config, err = project.Interpret(written)
	}
	same := config.Region == f.source.Region && config.WithoutDeny != f.Enforce && len(config.Roles) == len(f.Roles)
	for _, role := range f.Roles {
		same = same && reflect.DeepEqual(config.Roles[role.Name], stack.Role{
			ManagedPolicies: role.Policies, Groups: []string{role.Group}, MaxSessionDuration: policy.MinSessionDuration,
		})
	}
	if err == nil && !same {
		err = errors.New("it does not say what it was meant to say")
	}
	return config, err
}

// prove tries the guarantees on what would be deployed.
func (f File) prove(config project.Stack) error {
	resolved, err := stack.ResolveOffline(config.Config, config.Region, nil)
	if err != nil {
		return fmt.Errorf("such a stack could not be deployed: %w", err)
	}
	for _, role := range f.Roles {
		i := slices.IndexFunc(resolved.Roles, func(r policy.Role) bool { return r.Key == role.Name })
		resolved.Roles[i].Policies = role.documents
	}
	if err := policy.Verify(resolved.Deployment).Err(); err != nil {
		return fmt.Errorf("such a stack could not be deployed: %w", err)
	}
	return nil
}
