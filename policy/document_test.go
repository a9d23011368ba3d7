package policy_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

func TestDocumentStringKeepsTheOrderOfTheGrammar(t *testing.T) {
	t.Parallel()
	doc := policy.Document{
		Version: policy.Version20121017,
		ID:      "all-elements",
		Statements: []policy.Statement{{
			Sid:    "Everything",
			Effect: policy.Allow,
			Principal: &policy.Principal{
				AWS: policy.Values{"1"}, Service: policy.Values{"2"},
				Federated: policy.Values{"3"}, CanonicalUser: policy.Values{"4"},
			},
			Action:    policy.Values{"sts:AssumeRole"},
			Resource:  policy.Values{"b", "a"},
			Condition: policy.Condition{"StringLike": {"z": {"1"}, "a": {"2"}}, "Bool": {"b": {"true"}}},
		}, {
			Effect:       policy.Deny,
			NotPrincipal: &policy.Principal{All: true},
			NotAction:    policy.Values{"s3:*", "iam:*"},
			NotResource:  policy.Values{"c"},
		}},
	}
	require.Equal(t, `{"Version":"2012-10-17","Id":"all-elements","Statement":[`+
		`{"Sid":"Everything","Effect":"Allow",`+
		`"Principal":{"AWS":"1","Service":"2","Federated":"3","CanonicalUser":"4"},`+
		`"Action":"sts:AssumeRole","Resource":["b","a"],`+
		`"Condition":{"Bool":{"b":"true"},"StringLike":{"a":"2","z":"1"}}},`+
		`{"Effect":"Deny","NotPrincipal":"*","NotAction":["s3:*","iam:*"],"NotResource":"c"}]}`, doc.String())
}

func TestDocumentIndentSaysTheSame(t *testing.T) {
	t.Parallel()
	doc := oneStatement(policy.Statement{Effect: policy.Allow, Action: policy.Values{"s3:Get Object", "x"}})
	require.Equal(t, `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [
        "s3:Get Object",
        "x"
      ]
    }
  ]
}`, doc.Indent())
	require.JSONEq(t, doc.String(), doc.Indent())
}

func TestDocumentEmptyParts(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		doc  policy.Document
		want string
	}{
		"zero document":    {policy.Document{}, `{"Statement":[]}`},
		"empty statements": {policy.Document{Statements: []policy.Statement{}}, `{"Statement":[]}`},
		"zero statement":   {policy.Document{Statements: []policy.Statement{{}}}, `{"Statement":[{"Effect":""}]}`},
		"empty lists stay": {
			policy.Document{Statements: []policy.Statement{{
				Action: policy.Values{}, NotAction: policy.Values{}, Resource: policy.Values{}, NotResource: policy.Values{},
				Condition: policy.Condition{},
			}}},
			`{"Statement":[{"Effect":"","Action":[],"NotAction":[],"Resource":[],"NotResource":[],"Condition":{}}]}`,
		},
		"empty principal stays": {
			policy.Document{Statements: []policy.Statement{{Principal: &policy.Principal{}}}},
			`{"Statement":[{"Effect":"","Principal":{}}]}`,
		},
		"empty principal list stays": {
			policy.Document{Statements: []policy.Statement{{Principal: &policy.Principal{AWS: policy.Values{}}}}},
			`{"Statement":[{"Effect":"","Principal":{"AWS":[]}}]}`,
		},
		"nil condition values are no null": {
			policy.Document{Statements: []policy.Statement{{Condition: policy.Condition{"Bool": {"k": nil}}}}},
			`{"Statement":[{"Effect":"","Condition":{"Bool":{"k":[]}}}]}`,
		},
		"empty string is a value": {
			policy.Document{Statements: []policy.Statement{{Resource: policy.Values{""}}}},
			`{"Statement":[{"Effect":"","Resource":""}]}`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, test.doc.String())
		})
	}
}

// htmlDocument has what encoding/json escapes for HTML in every place of a document.
func htmlDocument() policy.Document {
	const text = `a&b<c>d`
	return policy.Document{ID: text, Statements: []policy.Statement{{
		Sid: text, Effect: policy.Allow, Principal: &policy.Principal{AWS: policy.Values{text}},
		Action: policy.Values{text, text}, Resource: policy.Values{text},
		Condition: policy.Condition{text: {text: {text, text}}},
	}}}
}

func TestDocumentDoesNotEscapeHTML(t *testing.T) {
	t.Parallel()
	doc := htmlDocument()
	require.NotContains(t, doc.String(), `\u00`)
	require.Equal(t, 10, strings.Count(doc.String(), `a&b<c>d`))
	require.NotContains(t, doc.Indent(), `\u00`)
}

func TestDocumentInsideAnotherStruct(t *testing.T) {
	t.Parallel()
	doc := htmlDocument()
	type byValue struct{ Policy policy.Document }
	type byPointer struct{ Policy *policy.Document }
	want := `{"Policy":` + doc.String() + "}\n"
	for name, v := range map[string]any{
		"value in value":     byValue{doc},
		"value in pointer":   &byValue{doc},
		"pointer in value":   byPointer{&doc},
		"pointer in pointer": &byPointer{&doc},
		"map":                map[string]policy.Document{"Policy": doc},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var plain strings.Builder
			enc := json.NewEncoder(&plain)
			enc.SetEscapeHTML(false)
			require.NoError(t, enc.Encode(v))
			require.Equal(t, want, plain.String())

			// json.Marshal escapes what a Marshaler gives it; the meaning is the same.
			escaped, err := json.Marshal(v)
			require.NoError(t, err)
			require.JSONEq(t, want, string(escaped))
			var back byValue
			require.NoError(t, json.Unmarshal(escaped, &back))
			require.Equal(t, doc, back.Policy)
		})
	}
}

func TestPrincipalMarshalsAlikeByValueAndByPointer(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]policy.Principal{
		`"*"`:                         {All: true},
		`{"AWS":"*"}`:                 {AWS: policy.Values{"*"}},
		`{"AWS":["a","b"]}`:           {AWS: policy.Values{"a", "b"}},
		`{"Service":"ec2.amazonaws"}`: {Service: policy.Values{"ec2.amazonaws"}},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			for _, v := range []any{p, &p} {
				text, err := json.Marshal(v)
				require.NoError(t, err)
				require.Equal(t, want, string(text))
			}
			s := policy.Statement{Effect: policy.Allow, Principal: &p, NotPrincipal: &p}
			for _, v := range []any{s, &s} {
				text, err := json.Marshal(v)
				require.NoError(t, err)
				require.Equal(t, `{"Effect":"Allow","Principal":`+want+`,"NotPrincipal":`+want+`}`, string(text))
			}
		})
	}
}

// oneStatement is a document of today's version with s in it.
func oneStatement(s policy.Statement) policy.Document {
	return policy.Document{Version: policy.Version20121017, Statements: []policy.Statement{s}}
}
