// Two carriers lead to the server. What is set in both within one turn goes out as one message, of which Streamlit runs
// only one fragment (1.67): so one carrier waits for the other's turn to end.

const post = { turn: null, waiting: new Map() };

function carry(name, send) {
  if (post.turn !== null && post.turn !== name) {
    post.waiting.set(name, send);
    return;
  }
  const first = post.turn === null;
  post.turn = name;
  send();
  if (first) setTimeout(endTurn, 0); // after Streamlit's own timer of the same length, which was set by `send`
}

function endTurn() {
  post.turn = null;
  const waiting = [...post.waiting];
  post.waiting.clear();
  for (const [name, send] of waiting) carry(name, send);
}
