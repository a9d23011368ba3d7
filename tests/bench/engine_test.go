package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	awsiam "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/deploy"
	"github.com/aws-cli-mfa/aws-cli-mfa/iam"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/project"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/engine"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/enginetest"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// engineRun is one operation of the real engine. It runs in a process of its
// own, a second start of this test binary, so that its time is nobody else's.
type engineRun struct {
	// Program is ours, components (the same components and resources and nothing
	// else), flat (the resources alone) or one (a single resource).
	Program string
	// Up deploys; otherwise it is a preview.
	Up bool
	// Plan is the file of what the plain programs register.
	Plan, Project, Dir, CLI string
	Port                    int
	SkipCheckpoints         bool
}

// engineTime is what it took: in all, of the program's own process alone, and
// until the program registered its first resource.
type engineTime struct {
	All   sample
	Self  time.Duration
	First time.Duration
	// Process is the whole process, from its start to its end.
	Process sample
}

const engineVariable = "AWSMFA_BENCH_ENGINE"

func TestMain(m *testing.M) {
	text := os.Getenv(engineVariable)
	if text == "" {
		os.Exit(m.Run())
	}
	var run engineRun
	err := json.Unmarshal([]byte(text), &run)
	if err == nil {
		var took engineTime
		if took, err = run.measure(context.Background()); err == nil {
			err = json.NewEncoder(os.Stdout).Encode(took)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (r engineRun) measure(ctx context.Context) (took engineTime, err error) {
	cli, err := engine.EnsureCLI(ctx, engine.CLIOptions{Dir: r.Dir, ToolsDir: "../../tools", Path: r.CLI})
	if err != nil {
		return took, err
	}
	program, err := r.program()
	if err != nil {
		return took, err
	}
	e, err := engine.Open(ctx, engine.Options{
		CLI: cli, Dir: r.Dir, ProjectDir: r.Project, Stack: "dev", ProviderPort: r.Port,
		SkipCheckpoints: r.SkipCheckpoints,
		Program:         firstRegistration(program, &took.First),
	})
	if err != nil {
		return took, err
	}
	start, self, children := time.Now(), used(syscall.RUSAGE_SELF), used(syscall.RUSAGE_CHILDREN)
	if r.Up {
		_, err = e.Up(ctx)
	} else {
		_, err = e.Preview(ctx)
	}
	took.Self = used(syscall.RUSAGE_SELF) - self
	took.All = sample{Wall: time.Since(start), CPU: took.Self + used(syscall.RUSAGE_CHILDREN) - children}
	return took, err
}

// firstRegistration notes how long the program takes to register anything but
// its stack.
func firstRegistration(program pulumi.RunFunc, first *time.Duration) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		start := time.Now()
		err := ctx.RegisterStackTransformation(func(*pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
			if *first == 0 {
				*first = time.Since(start)
			}
			return nil
		})
		if err != nil {
			return err
		}
		return program(ctx)
	}
}

func (r engineRun) program() (pulumi.RunFunc, error) {
	if r.Program == "ours" {
		keys, err := engine.ConfigKeys(r.Project, "dev")
		return deploy.Program(func() []string { return keys }), err
	}
	text, err := os.ReadFile(r.Plan)
	if err != nil {
		return nil, err
	}
	var plan plain
	if err := json.Unmarshal(text, &plan); err != nil {
		return nil, err
	}
	if r.Program == "one" {
		return plain{Roles: plan.Roles[:1]}.afterLookup, nil
	}
	return plan.program(r.Program == "components"), nil
}

// plain is what a plain program registers: texts that somebody else has made.
type plain struct {
	Roles  []plainRole
	Groups []plainGroup
}

type plainRole struct {
	Key, Name, Trust string
	Seconds          int
	Policies         []string
	Tags             map[string]string
}

type plainGroup struct {
	Name, PolicyName, Policy string
	Tags                     map[string]string
}

func (p plain) program(components bool) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		s := scope{ctx: ctx, components: components}
		return s.under(iam.CLIAccessType, "cli", pulumi.Composite(), func(top pulumi.ResourceOption) (pulumi.Map, error) {
			var all []pulumi.Resource
			for _, r := range p.Roles {
				if err := s.under(iam.MFARoleType, "cli/"+r.Key, top, func(parent pulumi.ResourceOption) (pulumi.Map, error) {
					role, attached, err := r.register(ctx, parent)
					all = append(all, attached...)
					return pulumi.Map{"roleArn": role.Arn, "roleName": role.Name}, err
				}); err != nil {
					return nil, err
				}
			}
			for _, g := range p.Groups {
				if err := s.group(g, top, pulumi.DependsOn(all)); err != nil {
					return nil, err
				}
			}
			return pulumi.Map{}, nil
		})
	}
}

// scope registers resources under components, or flat.
type scope struct {
	ctx        *pulumi.Context
	components bool
}

// under registers what is below a component, and then its outputs.
func (s scope) under(
	token, name string, parent pulumi.ResourceOption, below func(pulumi.ResourceOption) (pulumi.Map, error),
) error {
	if !s.components {
		_, err := below(parent)
		return err
	}
	component := &struct{ pulumi.ResourceState }{}
	if err := s.ctx.RegisterComponentResource(token, name, component, parent); err != nil {
		return err
	}
	outputs, err := below(pulumi.Parent(component))
	if err != nil {
		return err
	}
	return s.ctx.RegisterResourceOutputs(component, outputs)
}

func (s scope) group(g plainGroup, top, after pulumi.ResourceOption) error {
	var managed *awsiam.Policy
	err := s.under(iam.MFAPolicyType, "cli/"+g.Name, top, func(parent pulumi.ResourceOption) (_ pulumi.Map, err error) {
		managed, err = awsiam.NewPolicy(s.ctx, "cli/"+g.Name, &awsiam.PolicyArgs{
			Name: pulumi.String(g.PolicyName), Policy: pulumi.String(g.Policy), Path: pulumi.String("/"),
			Description: pulumi.String("Assume the AWS CLI roles of this group; deny everything else without MFA."),
			Tags:        pulumi.ToStringMap(g.Tags),
		}, parent, after)
		return pulumi.Map{"policyArn": managed.Arn}, err
	})
	if err != nil {
		return err
	}
	return s.under(iam.GroupAccessType, "cli/"+g.Name, top, func(parent pulumi.ResourceOption) (pulumi.Map, error) {
		_, err := awsiam.NewGroupPolicyAttachment(s.ctx, "cli/"+g.Name, &awsiam.GroupPolicyAttachmentArgs{
			Group: pulumi.String(g.Name), PolicyArn: managed.Arn,
		}, parent)
		return pulumi.Map{"group": pulumi.String(g.Name)}, err
	})
}

// afterLookup registers after one question to AWS, which no program that has to
// know its account does without.
func (p plain) afterLookup(ctx *pulumi.Context) error {
	if _, err := aws.GetCallerIdentity(ctx, nil); err != nil {
		return err
	}
	return p.program(false)(ctx)
}

func (r plainRole) register(
	ctx *pulumi.Context, parent pulumi.ResourceOption,
) (role *awsiam.Role, attached []pulumi.Resource, err error) {
	role, err = awsiam.NewRole(ctx, "cli/"+r.Key, &awsiam.RoleArgs{
		Name: pulumi.String(r.Name), AssumeRolePolicy: pulumi.String(r.Trust), Path: pulumi.String("/"),
		MaxSessionDuration: pulumi.Int(r.Seconds), Tags: pulumi.ToStringMap(r.Tags),
	}, parent)
	for _, arn := range r.Policies {
		if err != nil {
			return nil, nil, err
		}
		var attachment *awsiam.RolePolicyAttachment
		attachment, err = awsiam.NewRolePolicyAttachment(ctx, "cli/"+r.Key+"/"+arn,
			&awsiam.RolePolicyAttachmentArgs{Role: role.Name, PolicyArn: pulumi.String(arn)}, parent)
		attached = append(attached, attachment)
	}
	return role, attached, err
}

// deployment is a project of so many AWS resources: each role is one and its
// policy's attachment one, each group a policy and an attachment.
type deployment struct{ project, plan string }

func newDeployment(t *testing.T, resources int) deployment {
	t.Helper()
	groups := max(1, resources/20)
	roles := resources/2 - groups
	file := strings.Builder{}
	file.WriteString("config:\n  aws:region: eu-west-1\n  aws-cli-mfa:roles:\n")
	members := map[string][]string{}
	for i := range roles {
		group := groupName(i % groups)
		fmt.Fprintf(&file, "    role-%d:\n      policies: [ReadOnlyAccess]\n      groups: [%s]\n", i, group)
		members[group] = []string{group + "-a", group + "-b"}
	}
	d := deployment{project: t.TempDir()}
	text, err := os.ReadFile("../../Pulumi.yaml")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(d.project, "Pulumi.yaml"), text, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(d.project, "Pulumi.dev.yaml"), []byte(file.String()), 0o600))
	d.plan = filepath.Join(d.project, "plan.json")
	text, err = json.Marshal(plainOf(d.resolve(t, members)))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(d.plan, text, 0o600))
	return d
}

func groupName(i int) string { return "group-" + strconv.Itoa(i) }

// resolve is the plan, with members who stand for those of the account.
func (d deployment) resolve(t *testing.T, members map[string][]string) stack.Plan {
	t.Helper()
	read, err := readStack(t, d.project)
	require.NoError(t, err)
	plan, err := stack.ResolveOffline(read.Config, "eu-west-1", members)
	require.NoError(t, err)
	return plan
}

func plainOf(plan stack.Plan) plain {
	var p plain
	for _, r := range plan.Roles {
		p.Roles = append(p.Roles, plainRole{
			Key: r.Key, Name: r.Name, Trust: r.Trust.String(), Seconds: int(r.MaxSessionDuration.Seconds()),
			Policies: r.PolicyARNs, Tags: plan.Tags,
		})
	}
	for _, g := range plan.Groups {
		p.Groups = append(p.Groups, plainGroup{
			Name: g.Name, PolicyName: g.Policies[0].Name, Policy: g.Policies[0].Document.String(), Tags: plan.Tags,
		})
	}
	return p
}

// cloud is an account with the people of the groups.
func (d deployment) cloud(t *testing.T) cloud {
	t.Helper()
	c := newCloud(t, "")
	var plan plain
	text, err := os.ReadFile(d.plan)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &plan))
	for _, g := range plan.Groups {
		c.addUser(t, g.Name+"-a", g.Name)
		c.addUser(t, g.Name+"-b", g.Name)
	}
	return c
}

// run runs one program on an account that has nothing yet but people.
func (d deployment) run(t *testing.T, r engineRun) engineTime {
	t.Helper()
	c := d.cloud(t)
	r.Project, r.Plan, r.Dir, r.Port, r.CLI = d.project, d.plan, t.TempDir(), c.providerPort(t), pulumiCLI(t)
	text, err := json.Marshal(r)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // this very test binary
	cmd.Env, cmd.Stderr = append(os.Environ(), engineVariable+"="+string(text)), os.Stderr
	start := time.Now()
	output, err := cmd.Output()
	require.NoError(t, err)
	var took engineTime
	require.NoError(t, json.Unmarshal(output, &took), "%s", output)
	took.Process = processTime(cmd, start)
	return took
}

// pulumiCLI is the path of the real Pulumi CLI.
func pulumiCLI(t *testing.T) string {
	t.Helper()
	return enginetest.CLI(t, "../..").Path()
}

// match is an operation that several programs do with so many resources, in turns.
type match struct {
	resources           int
	up, skipCheckpoints bool
	// programs are those of [engineRun], and typescript: the resources alone.
	programs string
}

// matches are played once each, for all rows that ask.
type matches map[match]map[string][]engineTime

func (m matches) times(t *testing.T, of match) map[string][]engineTime {
	t.Helper()
	if played, ok := m[of]; ok {
		return played
	}
	d, npm := newDeployment(t, of.resources), ""
	if strings.Contains(of.programs, typeScript) {
		npm = d.installTypeScript(t)
	}
	m[of] = map[string][]engineTime{}
	turns := 7
	if of.resources < 1000 && !of.up { // a second each, and a few hundredths to tell apart
		turns = 21
	}
	for range turns {
		for program := range strings.FieldsSeq(of.programs) {
			run := engineRun{Program: program, Up: of.up, SkipCheckpoints: of.skipCheckpoints}
			took := engineTime{}
			if program == typeScript {
				took.Process = d.runTypeScript(t, npm, run)
			} else {
				took = d.run(t, run)
			}
			m[of][program] = append(m[of][program], took)
		}
	}
	return m[of]
}

const typeScript = "typescript"

// compare is a row of two programs of a match.
func (m matches) compare(of match, ours, theirs string, what func(engineTime) sample) func(*testing.T) measured {
	return func(t *testing.T) measured {
		t.Helper()
		times := m.times(t, of)
		samples := func(program string) (all []sample) {
			for _, one := range times[program] {
				all = append(all, what(one))
			}
			return all
		}
		return measured{ours: median(samples(ours)), theirs: median(samples(theirs))}
	}
}

func whole(e engineTime) sample   { return e.All }
func process(e engineTime) sample { return e.Process }
func self(e engineTime) sample    { return sample{CPU: e.Self} }
func first(e engineTime) sample   { return sample{Wall: e.First} }

var (
	smallPreview  = match{resources: 10, programs: "ours components one"}
	middlePreview = match{resources: 100, programs: "ours components"}
	largePreview  = match{resources: 1000, programs: "ours components flat typescript"}
	largeUp       = match{resources: 1000, up: true, skipCheckpoints: true, programs: "ours components flat typescript"}
)

func engineRows(m matches) []row {
	const alone, flat = "the same components and resources alone", "a flat program"
	cpu := func(what, against string, reach float64, of match, ours, theirs string, measure func(engineTime) sample) row {
		compare := m.compare(of, ours, theirs, measure)
		return row{
			what: what, against: against, of: "CPU", reach: reach,
			run: func(t *testing.T) result { t.Helper(); return compare(t).cpu() },
		}
	}
	overTypeScript := func(what string, of match, ours string) row {
		compare := m.compare(of, ours, typeScript, process)
		return row{
			what: what, against: "TypeScript, the resources alone", of: "wall, theirs/ours", reach: 3, atLeast: true,
			run: func(t *testing.T) result { t.Helper(); return compare(t).wall().inverted() },
		}
	}
	limit := func(of row) row { of.isLimit = true; return of }
	firstOfAll := m.compare(smallPreview, "ours", "one", first)
	return []row{
		cpu("pulumi preview of 10 resources", alone, 1.05, smallPreview, "ours", "components", whole),
		cpu("pulumi preview of 100 resources", alone, 1.05, middlePreview, "ours", "components", whole),
		cpu("pulumi preview of 1,000 resources", alone, 1.05, largePreview, "ours", "components", whole),
		cpu("pulumi preview of 1,000 resources, flat", flat, 1.3, largePreview, "ours", "flat", whole),
		limit(cpu("- with the components alone", flat, 1.3, largePreview, "components", "flat", whole)),
		cpu("the program itself at 1,000 resources", flat, 1.3, largePreview, "ours", "flat", self),
		limit(cpu("- the components alone", flat, 1.3, largePreview, "components", "flat", self)),
		cpu("pulumi up of 10 resources", alone, 1.05,
			match{resources: 10, up: true, programs: "ours components"}, "ours", "components", whole),
		cpu("pulumi up of 100 resources", alone, 1.05,
			match{resources: 100, up: true, programs: "ours components"}, "ours", "components", whole),
		cpu("pulumi up of 1,000 resources, no checkpoints", alone, 1.05, largeUp, "ours", "components", whole),
		overTypeScript("pulumi preview of 1,000 resources, from start to end", largePreview, "ours"),
		limit(overTypeScript("- of a flat program in Go", largePreview, "flat")),
		overTypeScript("pulumi up of 1,000, no checkpoints, start to end", largeUp, "ours"),
		limit(overTypeScript("- of a flat program in Go", largeUp, "flat")),
		{
			what: "start to first registration, stack dev", against: "a program of one lookup and one resource", of: "wall",
			reach: 4, run: func(t *testing.T) result { t.Helper(); return firstOfAll(t).wall() },
		},
	}
}

func (d deployment) installTypeScript(t *testing.T) string {
	t.Helper()
	npm := npmInstall(t, "@pulumi/pulumi@3.248.0", "@pulumi/aws@6.83.2")
	text, err := os.ReadFile("testdata/flat.mjs")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(npm, "flat.mjs"), text, 0o600))
	return npm
}

func (d deployment) runTypeScript(t *testing.T, npm string, run engineRun) sample {
	t.Helper()
	c := d.cloud(t)
	dir, root := t.TempDir(), t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "bin"), 0o700))
	require.NoError(t, os.Symlink(pulumiCLI(t), filepath.Join(root, "bin", "pulumi")))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "state"), 0o700))
	text, err := json.Marshal(map[string]any{
		"Plan": d.plan, "Dir": dir, "Root": root, "Up": run.Up, "Variables": map[string]string{
			"PULUMI_BACKEND_URL": "file://" + filepath.Join(dir, "state") + "?metadata=skip", "PULUMI_CONFIG_PASSPHRASE": "bench",
			"GOGC":                   "400", // as the engine of the other side has both
			"PULUMI_DEBUG_PROVIDERS": fmt.Sprintf("aws:%d", c.providerPort(t)), "PULUMI_SKIP_CHECKPOINTS": strconv.FormatBool(run.SkipCheckpoints),
			"PULUMI_SKIP_UPDATE_CHECK": "true", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
		},
	})
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), "node", "flat.mjs", string(text))
	cmd.Dir, cmd.Stderr = npm, os.Stderr
	start := time.Now()
	output, err := cmd.Output()
	require.NoError(t, err, "%s", output)
	return processTime(cmd, start)
}

// npmInstall installs packages of npm's registry into a new directory.
func npmInstall(t *testing.T, packages ...string) string {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil {
		t.Skip("npm is not there")
	}
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"type":"module"}`), 0o600))
	args := append([]string{"install", "--silent", "--no-audit", "--no-fund"}, packages...)
	cmd := exec.CommandContext(t.Context(), "npm", args...)
	cmd.Dir = dir
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", output)
	return dir
}

func readStack(t *testing.T, dir string) (project.Stack, error) {
	t.Helper()
	return project.ReadStack(environment.Environment{}, dir, "dev")
}
