package pulumitest

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Edge says that From is created after To, and deleted before it.
type Edge struct{ From, To Key }

// String is for failure messages and golden files.
func (e Edge) String() string { return e.From.String() + " -> " + e.To.String() }

// Edges returns the dependencies between resources, explicit and by data, as a sorted set. A parent is no dependency.
// It fails the test when two resources share token and name, for then an edge would not say which is meant.
func (r *Recorder) Edges(t testing.TB) []Edge {
	t.Helper()
	keys := make(map[resource.URN]Key)
	owners := make(map[Key]resource.URN)
	for _, registered := range r.Resources() {
		keys[registered.URN] = registered.Key
		if other, shared := owners[registered.Key]; shared {
			t.Fatalf("%s and %s share token and name", other, registered.URN)
		}
		owners[registered.Key] = registered.URN
	}
	var edges []Edge
	for _, registered := range r.Resources() {
		for _, dependency := range registered.Dependencies {
			to, known := keys[dependency]
			if !known {
				t.Fatalf("%s depends on %s, which is not registered", registered.URN, dependency)
			}
			edges = append(edges, Edge{From: registered.Key, To: to})
		}
	}
	slices.SortFunc(edges, func(a, b Edge) int { return cmp.Compare(a.String(), b.String()) })
	return edges
}

// DependsOn checks that from depends on to directly.
func (r *Recorder) DependsOn(t testing.TB, from, to Key) {
	t.Helper()
	edges := r.between(t, from, to)
	if !slices.Contains(edges, Edge{From: from, To: to}) {
		t.Errorf("%s does not depend on %s; the edges are:\n%s", from, to, lines(edges))
	}
}

// DependsTransitively checks that from depends on to, directly or through other resources.
func (r *Recorder) DependsTransitively(t testing.TB, from, to Key) {
	t.Helper()
	edges := r.between(t, from, to)
	if !reaches(edges, from, to, make(map[Key]bool)) {
		t.Errorf("%s does not depend on %s, not even transitively; the edges are:\n%s", from, to, lines(edges))
	}
}

// between returns the edges, after it made sure that both ends exist: a misspelt name must not look like a missing
// dependency.
func (r *Recorder) between(t testing.TB, from, to Key) []Edge {
	t.Helper()
	r.One(t, from.Token, from.Name)
	r.One(t, to.Token, to.Name)
	return r.Edges(t)
}

func reaches(edges []Edge, from, to Key, seen map[Key]bool) bool {
	seen[from] = true
	for _, edge := range edges {
		if edge.From != from || seen[edge.To] {
			continue
		}
		if edge.To == to || reaches(edges, edge.To, to, seen) {
			return true
		}
	}
	return false
}

// AllDescendFrom checks that every resource, besides explicit providers, is the ancestor itself or descends from it,
// and reports all that do not.
func (r *Recorder) AllDescendFrom(t testing.TB, ancestor resource.URN) {
	t.Helper()
	parents := make(map[resource.URN]resource.URN)
	for _, registered := range r.Resources() {
		parents[registered.URN] = registered.Parent
	}
	if _, registered := parents[ancestor]; !registered {
		t.Fatalf("%s is not registered", ancestor)
	}
	for _, registered := range r.Resources() {
		urn := registered.URN
		for urn != ancestor && urn != "" {
			urn = parents[urn]
		}
		if urn == "" && registered.Token != ProviderToken {
			t.Errorf("orphan: %s does not descend from %s; its parent is %s",
				registered.URN, ancestor, registered.Parent)
		}
	}
}

// AllComponentsRegisteredOutputs checks that every component ended with RegisterResourceOutputs; without it the engine
// cannot tell that the component is complete.
func (r *Recorder) AllComponentsRegisteredOutputs(t testing.TB) {
	t.Helper()
	for _, component := range r.Components() {
		if _, registered := r.registeredOutputs()[component.URN]; !registered {
			t.Errorf("component %s never registered its outputs", component.URN)
		}
	}
}

// NoEmptyStrings checks that no input, and no output that a component or the stack registered, is or holds "". An
// output that somebody forgot to set, and a computed value that somebody read too early, are empty strings.
func (r *Recorder) NoEmptyStrings(t testing.TB) {
	t.Helper()
	for _, registered := range r.Resources() {
		for _, path := range emptyStrings("", resource.NewProperty(registered.Inputs)) {
			t.Errorf("%s: input %s is empty", registered.Key, strings.TrimPrefix(path, "."))
		}
	}
	for urn, outputs := range r.registeredOutputs() {
		for _, path := range emptyStrings("", resource.NewProperty(outputs)) {
			t.Errorf("%s: output %s is empty", urn, strings.TrimPrefix(path, "."))
		}
	}
}

// NoAliasesOnChildren checks that no resource below a component carries aliases. The engine gives children their
// parent's aliases; one that is sent with a child was forwarded by mistake, and names the wrong resource.
func (r *Recorder) NoAliasesOnChildren(t testing.TB) {
	t.Helper()
	for _, registered := range r.Resources() {
		if aliases := registered.Options.Aliases; registered.Parent != r.StackURN() && len(aliases) > 0 {
			t.Errorf("%s carries aliases of its own: %v", registered.URN, aliases)
		}
	}
}

// OptionsMatch compares the resource options of every resource and component with the table, both ways: a resource
// in the table that was never registered fails (its row asserts nothing), and so does a registered one that the
// table leaves out (somebody has to decide).
func (r *Recorder) OptionsMatch(t testing.TB, table map[Key]ResourceOptions) {
	t.Helper()
	seen := make(map[Key]bool)
	for _, registered := range r.Resources() {
		want, listed := table[registered.Key]
		seen[registered.Key] = true
		if !listed {
			t.Errorf("%s is not in the table of options: decide which it has; it has %s",
				registered.Key, registered.Options)
		} else if got := registered.Options; !reflect.DeepEqual(got, want) {
			t.Errorf("options of %s:\n want %s\n have %s", registered.Key, want, got)
		}
	}
	for key := range table {
		if !seen[key] {
			t.Errorf("%s is in the table of options, but was never registered", key)
		}
	}
}

func lines[T fmt.Stringer](items []T) string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = item.String()
	}
	return strings.Join(texts, "\n")
}
