// The settings of a branch: who reads it, who edits it, who is invited, whether hygiene leaves it alone, whether it is open.
// Each change is sent at once, and said in words when it was refused.

const BLANK = { what: "", words: "" };

export default {
  props: { name: String, visibility: String, access: String, people: Array, pinned: Boolean, state: String, mayPin: Boolean, whyNotPin: String, whyNotReopened: String, note: String },
  template: `
    <dialog ref="dialog" class="r-modal" aria-labelledby="branch-settings-heading" data-testid="branch-settings">
      <div class="r-dialog" :aria-busy="busy ? 'true' : null">
        <header class="r-dialog__head"><h2 id="branch-settings-heading">Branch settings</h2>
          <button type="button" class="r-icon r-icon--small" aria-label="Close" @click="close"><i class="i i-x"></i></button></header>
        <div class="r-dialog__body">
          <p class="r-line"><i class="i i-git-branch i-14 r-muted" aria-hidden="true"></i><code class="r-clip" :title="name">{{ name }}</code></p>
          <fieldset class="r-field r-plainset" :disabled="closed"><legend class="r-fieldlabel">Who may read it</legend>
            <div class="r-radios">
              <label class="r-check"><input type="radio" name="branch-visibility" value="public" data-testid="visibility-public" :checked="visibility === 'public'" @change="set('visibility', 'public')"><span>Public<small>Everyone reads it, signed in or not.</small></span></label>
              <label class="r-check"><input type="radio" name="branch-visibility" value="private" data-testid="visibility-private" :checked="visibility === 'private'" @change="set('visibility', 'private')"><span>Private<small>You, the people invited, the RFC’s owners and arbiters, and admins. {{ note }}</small></span></label>
            </div><span v-if="said('visibility')" class="r-hint r-hint--bad" role="alert">{{ problem.words }}</span></fieldset>
          <div class="r-field"><label for="edit-access">Who may edit it</label>
            <select class="r-input" id="edit-access" data-testid="edit-access" :value="access" :disabled="closed" @change="set('access', $event.target.value)">
              <option value="creator">Only whoever made it</option><option value="invited">Whoever made it, and people who are invited</option><option value="anyone">Everyone who is signed in</option></select>
            <span v-if="said('access')" class="r-hint r-hint--bad" role="alert">{{ problem.words }}</span></div>
          <div class="r-field"><label for="branch-invite">People invited</label>
            <ul v-if="people.length" class="r-people"><li v-for="person in people" :key="person.login"><span class="r-grow r-clip" v-html="person.html"></span>
              <button type="button" class="r-btn r-btn--small r-btn--quiet" :data-testid="'revoke-' + person.login" :aria-label="'Take back the invitation of ' + person.login" @click="set('revoke', person.login)">Remove</button></li></ul>
            <form class="r-line" @submit.prevent="invite"><input ref="login" class="r-input r-grow" id="branch-invite" data-testid="branch-invite" autocomplete="off" autocapitalize="none" spellcheck="false" placeholder="login" :aria-invalid="said('grant') ? 'true' : null" aria-describedby="branch-invite-hint" :disabled="closed">
              <button class="r-btn" data-testid="branch-grant" :aria-disabled="closed ? 'true' : null">Invite</button></form>
            <span class="r-hint" id="branch-invite-hint" :class="{ 'r-hint--bad': said('grant') || said('revoke') }" :role="said('grant') || said('revoke') ? 'alert' : null">{{ said("grant") || said("revoke") ? problem.words : "They read the branch while it is private, and edit it where invited people may." }}</span></div>
          <div class="r-setline"><div><label class="r-fieldlabel" for="branch-pin">Keep it</label><p class="r-hint">{{ mayPin ? "A pinned branch is never closed or deleted for being idle." : whyNotPin }}</p>
              <span v-if="said('pin')" class="r-hint r-hint--bad" role="alert">{{ problem.words }}</span></div>
            <input type="checkbox" class="r-switch" id="branch-pin" data-testid="branch-pin" :checked="pinned" :disabled="!mayPin" @change="set('pin', $event.target.checked)"></div>
        </div>
        <footer class="r-dialog__foot"><span class="r-hint r-grow" :class="{ 'r-hint--bad': said('close') }" :role="said('close') ? 'alert' : null">{{ said("close") ? problem.words : closed ? whyNotReopened || "It is closed: it can be read, and nobody writes." : "Closing ends writing; everything stays readable." }}</span>
          <button v-if="closed && !whyNotReopened" type="button" class="r-btn" data-testid="branch-reopen" :data-busy="busy === 'close' ? '' : null" @click="set('close', false)">Reopen</button>
          <button v-if="!closed" type="button" class="r-btn r-btn--danger" data-testid="branch-close" :data-busy="busy === 'close' ? '' : null" @click="set('close', true)">Close branch</button></footer>
      </div>
    </dialog>`,
  data() {
    return { busy: "", problem: BLANK };
  },
  computed: {
    closed() { return this.state !== "open"; },
  },
  methods: {
    // called by the server
    open() {
      this.problem = BLANK;
      window.rfc.openDialog(this.$refs.dialog);
    },
    close() { this.$refs.dialog.close(); },
    said(what) { return this.problem.what === what; },
    set(what, value) {
      this.busy = what;
      this.problem = BLANK;
      this.$emit("set", { what, value });
    },
    invite() {
      const login = this.$refs.login.value.trim().replace(/^@/, "");
      if (login && !this.closed) this.set("grant", login); else this.$refs.login.focus();
    },
    // called by the server: without words it is done
    answered(what, words) {
      this.busy = "";
      this.problem = words ? { what, words } : BLANK;
      if (what === "grant" && !words) this.$refs.login.value = "";
      if (words) this.restore();
    },
    // a refused choice goes back to what is stored
    restore() {
      for (const radio of this.$el.querySelectorAll("[name=branch-visibility]")) radio.checked = radio.value === this.visibility;
      this.$el.querySelector("#edit-access").value = this.access;
      this.$el.querySelector("#branch-pin").checked = this.pinned;
    },
  },
};
