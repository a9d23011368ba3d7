package policy_test

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

func TestParseStringAndListAreTheSame(t *testing.T) {
	t.Parallel()
	for _, elements := range []struct{ text, list string }{
		{`"Action":"a","Resource":"b"`, `"Action":["a"],"Resource":["b"]`},
		{`"NotAction":"a","NotResource":"b"`, `"NotAction":["a"],"NotResource":["b"]`},
		{`"Action":"a","Principal":{"AWS":"p"}`, `"Action":["a"],"Principal":{"AWS":["p"]}`},
		{`"Action":"a","Principal":{"Service":"p"}`, `"Action":["a"],"Principal":{"Service":["p"]}`},
		{`"Action":"a","Principal":{"Federated":"p"}`, `"Action":["a"],"Principal":{"Federated":["p"]}`},
		{`"Action":"a","NotPrincipal":{"CanonicalUser":"p"}`, `"Action":["a"],"NotPrincipal":{"CanonicalUser":["p"]}`},
		{`"Action":"a","Condition":{"Bool":{"k":"true"}}`, `"Action":["a"],"Condition":{"Bool":{"k":["true"]}}`},
	} {
		t.Run(elements.text, func(t *testing.T) {
			t.Parallel()
			var docs []policy.Document
			for _, form := range []string{elements.text, elements.list} {
				s := `{"Effect":"Deny",` + form + `}`
				for _, text := range []string{`{"Statement":` + s + `}`, `{"Statement":[` + s + `]}`} {
					doc, err := policy.Parse(text)
					require.NoError(t, err)
					docs = append(docs, doc)
				}
			}
			for _, doc := range docs[1:] {
				require.Equal(t, docs[0], doc)
			}
			require.NotContains(t, docs[0].String(), `["`, "one value is a bare string")
		})
	}
}

func TestParseReadsEveryElement(t *testing.T) {
	t.Parallel()
	doc, err := policy.Parse(` {"Version":"2008-10-17","Id":"i","Statement":[
		{"Sid":"s","Effect":"Allow","Principal":{"AWS":["a","b"],"Service":"c","Federated":"d","CanonicalUser":"e"},
		 "Action":["f","g"],"Resource":"h","Condition":{"StringLike":{"j":["k","l"],"m":"n"},"Bool":{}}},
		{"Effect":"Deny","NotPrincipal":"*","NotAction":[],"NotResource":["o"],"Condition":{}}]} `)
	require.NoError(t, err)
	require.Equal(t, policy.Document{
		Version: policy.Version20081017,
		ID:      "i",
		Statements: []policy.Statement{{
			Sid:    "s",
			Effect: policy.Allow,
			Principal: &policy.Principal{
				AWS: policy.Values{"a", "b"}, Service: policy.Values{"c"},
				Federated: policy.Values{"d"}, CanonicalUser: policy.Values{"e"},
			},
			Action:    policy.Values{"f", "g"},
			Resource:  policy.Values{"h"},
			Condition: policy.Condition{"StringLike": {"j": {"k", "l"}, "m": {"n"}}, "Bool": {}},
		}, {
			Effect:       policy.Deny,
			NotPrincipal: &policy.Principal{All: true},
			NotAction:    policy.Values{},
			NotResource:  policy.Values{"o"},
			Condition:    policy.Condition{},
		}},
	}, doc)
}

func TestParseKeepsTheTextOfConditionValues(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]policy.Values{
		`true`:                   {"true"},
		`false`:                  {"false"},
		`"true"`:                 {"true"},
		`[true, "false"]`:        {"true", "false"},
		`3600`:                   {"3600"},
		`1.50`:                   {"1.50"},
		`1E2`:                    {"1E2"},
		`-0`:                     {"-0"},
		`12345678901234567890.1`: {"12345678901234567890.1"},
		`[]`:                     {},
		`""`:                     {""},
		`"\u003cé\ud83d\ude00"`:  {"<é😀"},
	} {
		t.Run(raw, func(t *testing.T) {
			t.Parallel()
			doc, err := policy.Parse(
				`{"Statement":{"Effect":"Allow","Action":"a","Condition":{"Op":{"key": ` + raw + ` }}}}`)
			require.NoError(t, err)
			require.Equal(t, want, doc.Statements[0].Condition["Op"]["key"])
		})
	}
}

func TestParsePercentEncoded(t *testing.T) {
	t.Parallel()
	doc := oneStatement(policy.Statement{
		Effect: policy.Allow, Action: policy.Values{"s3:*"},
		Resource:  policy.Values{"arn:aws:s3:::a+b c%20d/é/${aws:username}"},
		Condition: policy.Condition{"StringEquals": {"aws:username": {"alice+ops@example.com"}}},
	})
	// url.QueryEscape writes "+" for a space, which RFC 3986 does not.
	encoded := strings.ReplaceAll(url.QueryEscape(doc.Indent()), "+", "%20")
	for name, text := range map[string]string{
		"all encoded":      encoded,
		"plus as itself":   strings.ReplaceAll(encoded, "%2B", "+"),
		"lower-case hex":   strings.ToLower(encoded[:3]) + encoded[3:],
		"white space":      "\n " + encoded + "\n",
		"encoded newline":  "%0A" + encoded,
		"not encoded":      doc.String(),
		"plain, with a %":  doc.Indent(),
		"plain, indented ": "\n\t" + doc.String(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := policy.Parse(text)
			require.NoError(t, err)
			require.Equal(t, doc, got)
		})
	}
}

func TestParseLeavesNothingBehindOnError(t *testing.T) {
	t.Parallel()
	doc := oneStatement(policy.Statement{Effect: policy.Deny, Action: policy.Values{"*"}})
	kept := doc
	err := json.Unmarshal([]byte(`{"Statement":[{"Effect":"Allow","Action":"s3:*"},{"Effect":"Allow"}]}`), &doc)
	require.ErrorIs(t, err, policy.ErrSyntax)
	require.Equal(t, kept, doc)
	err = json.Unmarshal([]byte(`{"Effect":"Allow","Action":"s3:*","acton":"x"}`), &doc.Statements[0])
	require.ErrorIs(t, err, policy.ErrSyntax)
	require.Equal(t, kept, doc)
}

func TestUnmarshalRefusesWhatIsNotOneObject(t *testing.T) {
	t.Parallel()
	// What encoding/json never passes on, a direct caller can.
	for _, text := range []string{
		``, `{`, `{"Statement":[]`, `{"Statement"`, `{1:2}`, `{"Statement":[]]`, `{"Statement":x}`,
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			var doc policy.Document
			require.Error(t, doc.UnmarshalJSON([]byte(text)))
			var s policy.Statement
			require.Error(t, s.UnmarshalJSON([]byte(text)))
		})
	}
}

// The least the corpus may hold; a test of an empty directory proves nothing.
const (
	minValid   = 41
	minInvalid = 51
)

func TestParseCorpusValid(t *testing.T) {
	t.Parallel()
	files := corpus(t, "valid", minValid)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			text := read(t, file)
			doc, err := policy.Parse(text)
			require.NoError(t, err)
			requireReadsBack(t, doc)

			if strings.HasPrefix(text, "%") {
				text, err = url.PathUnescape(text)
				require.NoError(t, err)
			}
			require.Equal(t, tree(t, text), tree(t, doc.String()), "the marshalled form says something else")
			require.NoError(t, checkByName(file, doc))
		})
	}
}

// checkByName holds a document to the rules for its kind, which the file's
// name begins with. An empty list is grammar, but nothing that IAM attaches.
func checkByName(file string, doc policy.Document) error {
	name := filepath.Base(file)
	switch {
	case strings.Contains(name, "-empty-statement-") || strings.Contains(name, "-empty-action-"):
		return nil
	case strings.HasPrefix(name, "identity-"):
		return doc.CheckIdentity()
	case strings.HasPrefix(name, "trust-"):
		return doc.CheckTrust()
	}
	return nil
}

func TestParseCorpusInvalid(t *testing.T) {
	t.Parallel()
	reasons := map[string]string{}
	for _, section := range sections(t, "invalid.txt") {
		for _, name := range section.lines {
			reasons[name] = section.heading
		}
	}
	files := corpus(t, "invalid", minInvalid)
	require.Len(t, reasons, len(files), "every file needs its reason, every reason its file")
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := policy.Parse(read(t, file))
			require.ErrorIs(t, err, policy.ErrSyntax)
			require.NotEmpty(t, reasons[name])
			require.ErrorContains(t, err, reasons[name])
			require.Zero(t, doc)
		})
	}
}

func corpus(t *testing.T, dir string, atLeast int) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", dir, "*.json"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), atLeast, "documents in testdata/%s", dir)
	return files
}

func read(tb testing.TB, file string) string {
	tb.Helper()
	text, err := os.ReadFile(file)
	require.NoError(tb, err)
	return string(text)
}

// tree is JSON as a tree in which two texts that say the same are equal: a
// list of one is its one item, a boolean or a number is its text, and an empty
// Sid is none.
func tree(t *testing.T, text string) any {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var v any
	require.NoError(t, dec.Decode(&v))
	return normalised(v)
}

func normalised(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			v[key] = normalised(value)
		}
		if v["Sid"] == "" {
			delete(v, "Sid")
		}
		return v
	case []any:
		for i, item := range v {
			v[i] = normalised(item)
		}
		if len(v) == 1 {
			return v[0]
		}
		return v
	case bool:
		if v {
			return "true"
		}
		return "false"
	case json.Number:
		return v.String()
	}
	return v
}
