package stackfile

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// commentWidth is that of a comment's lines, without indentation.
const commentWidth = 76

// compose is the text of the file. The YAML encoder quotes what needs it: a
// group may be named 123 or true. More settings follow those that it decides.
func compose(source Source, file File, more []*yaml.Node) ([]byte, error) {
	configured := mapping()
	for _, role := range file.Roles {
		set(configured, role.Name, role.node(), role.comment()...)
	}
	config := mapping()
	set(config, "aws:region", text(source.Region))
	set(config, "aws:allowedAccountIds", list(yaml.FlowStyle, source.Account.ID),
		"Refuse to deploy to any other account.")
	set(config, source.Project.Name+":enforce", &yaml.Node{
		Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(file.Enforce),
	}, file.aboutEnforce(source.Stack))
	set(config, source.Project.Name+":roles", configured)

	config.Content = append(config.Content, more...)
	top := mapping()
	set(top, "config", config)
	body, err := encoded(top)
	if err != nil {
		return nil, err
	}
	return append([]byte(comment(
		fmt.Sprintf("Stack %s, written by awsmfa init from what account %s has.", source.Stack, source.Account.ID), "",
		"A role has the managed policies of the group it is for, so that people keep what they could do. They stay "+
			"attached to the group, too. A role trusts whoever is in its group at a pulumi up. "+
			"docs/configuration.md has the other keys.",
	)+"\n"), body...), nil
}

func encoded(node *yaml.Node) ([]byte, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(node); err != nil {
		return nil, fmt.Errorf("writing the stack file as YAML: %w", err)
	}
	return out.Bytes(), encoder.Close()
}

func (f File) aboutEnforce(stack string) string {
	if f.Enforce {
		return "The deny without MFA is in force for all of these groups already, from an earlier deployment."
	}
	return "The first of two steps: with false everything is deployed but the deny without MFA, and access keys work " +
		"as before. When everybody has a device and uses the roles (awsmfa audit --stack " + stack +
		" shows who would be locked out), set it to true and deploy again."
}

func (r *Role) node() *yaml.Node {
	role := mapping()
	set(role, "policies", list(0, r.Policies...))
	set(role, "groups", list(yaml.FlowStyle, r.Group))
	return role
}

// comment are the paragraphs above the role: the members, and every note.
func (r *Role) comment() []string {
	paragraphs := make([]string, 0, 1+len(r.Notes))
	if len(r.Members) > 0 {
		paragraphs = append(paragraphs, fmt.Sprintf("In group %s now: %s.", r.Group, strings.Join(r.Members, ", ")))
	}
	for _, note := range r.Notes {
		if note.Warning {
			note.Text = "WARNING: " + note.Text
		}
		paragraphs = append(paragraphs, note.Text)
	}
	return paragraphs
}

func mapping() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode} }

func text(value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
}

func list(style yaml.Style, values ...string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.SequenceNode, Style: style}
	for _, value := range values {
		node.Content = append(node.Content, text(value))
	}
	return node
}

// set adds a key with its value, below paragraphs of comment.
func set(to *yaml.Node, key string, value *yaml.Node, paragraphs ...string) {
	name := text(key)
	name.HeadComment = strings.TrimSuffix(comment(paragraphs...), "\n")
	to.Content = append(to.Content, name, value)
}

// comment wraps paragraphs at commentWidth. What comes from the account cannot
// end a comment: every white space is a place to wrap.
func comment(paragraphs ...string) string {
	var out strings.Builder
	for _, paragraph := range paragraphs {
		line := "#"
		for word := range strings.FieldsSeq(paragraph) {
			if len(line)+1+len(word) > commentWidth && line != "#" {
				out.WriteString(line + "\n")
				line = "#"
			}
			line += " " + word
		}
		out.WriteString(line + "\n")
	}
	return out.String()
}
