package story

import (
	"fmt"
	"slices"
	"strings"
)

// scene is one command of one person, and how it has to end.
type scene struct {
	title  string
	person Person
	args   []string
	// code answers the prompt; nil where there must be none.
	code func() (string, error)
	// usesCode says that it is a right one, which is then used.
	usesCode bool
	// fresh has the person remove their temporary credentials first.
	fresh bool
	// apart is a scene that neither uses nor leaves temporary credentials of the
	// insider, and so need not wait for another.
	apart bool
	want  ending
	// remark is said below the output.
	remark string
}

// ending is how a command has to end.
type ending struct {
	denied bool
	// texts are all on the screen.
	texts []string
}

func allowed(texts ...string) ending { return ending{texts: texts} }

func denied(texts ...string) ending {
	return ending{denied: true, texts: append(texts, "(AccessDenied)")}
}

// met reports whether a command ended like this.
func (e ending) met(r Result) bool {
	return r.Failed == e.denied && !slices.ContainsFunc(e.texts, func(text string) bool {
		return !strings.Contains(r.Screen, text)
	})
}

// String says it as the end of "it has to be".
func (e ending) String() string {
	word := "allowed"
	if e.denied {
		word = "denied"
	}
	if len(e.texts) == 0 {
		return word
	}
	return fmt.Sprintf("%s, with %q on the screen", word, e.texts)
}

// scenes are the story of one profile.
func (s *Story) scenes() []scene {
	insider, profile := s.Insider, s.Profile
	session := "assumed-role/" + profile.RoleARN[strings.LastIndexByte(profile.RoleARN, '/')+1:] + "/"
	identity := []string{"sts", "get-caller-identity", "--profile", profile.Name}
	buckets := []string{"s3", "ls", "--profile", profile.Name}
	list := []scene{
		s.keyAlone(),
		{
			title:  fmt.Sprintf("With the profile, %s is asked for the code and gets the role", insider.Name),
			person: insider, args: identity, usesCode: true, code: s.codeOf(insider), want: allowed(session),
			remark: "the code is what awsmfa sandbox code " + insider.Name + " prints",
		},
		s.roleAtWork(buckets),
	}
	if s.Outsider != nil {
		list = append(list, scene{
			title:  fmt.Sprintf("%s has MFA too, but the role does not trust them", s.Outsider.Name),
			person: *s.Outsider, apart: true, args: identity, usesCode: true, code: s.codeOf(*s.Outsider),
			want: denied("AssumeRole", "not authorized"),
		})
	}
	return append(list,
		scene{
			title:  "A wrong code",
			person: insider, args: identity, fresh: true, want: denied("AssumeRole", "MultiFactorAuthentication failed"),
			code: func() (string, error) { return s.Codes.Wrong(insider.Name) },
		},
		scene{
			title:  fmt.Sprintf("No code at all: the role with %s's access key alone", insider.Name),
			person: insider, apart: true, want: denied("AssumeRole", "not authorized"),
			args: []string{
				"sts", "assume-role", "--role-arn", profile.RoleARN, "--role-session-name", "no-mfa",
				"--query", "AssumedRoleUser.Arn", "--output", "text",
			},
		})
}

// keyAlone is denied by the group's policy, once it is enforced.
func (s *Story) keyAlone() scene {
	found := scene{person: s.Insider, apart: true, args: []string{"s3", "ls"}}
	if s.Enforced {
		found.title = fmt.Sprintf("%s's access key alone opens nothing", s.Insider.Name)
		found.want = denied("ListBuckets")
		return found
	}
	found.title = fmt.Sprintf("%s's access key alone still works", s.Insider.Name)
	found.want = allowed()
	found.remark = "aws-cli-mfa:enforce is false: the deny comes with the second step of the roll-out"
	return found
}

// roleAtWork is as the role's own policies have it.
func (s *Story) roleAtWork(buckets []string) scene {
	found := scene{person: s.Insider, args: buckets}
	if s.RoleListsBuckets {
		found.title = "The same command as at first, with the role: no second prompt"
		found.want = allowed()
		return found
	}
	found.title = "The same command with the role, whose policies do not allow it"
	found.want = denied("ListBuckets")
	return found
}

func (s *Story) codeOf(person Person) func() (string, error) {
	return func() (string, error) { return s.Codes.Next(person.Name) }
}
