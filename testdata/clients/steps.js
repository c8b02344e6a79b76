// What the JavaScript scripts of this folder share: each step's output is compared with the same step against PostgreSQL.

exports.CROSS =
  "SELECT c.name, count(*) AS n, sum(s.pages) AS pages FROM sales.customers c JOIN web.sessions s ON s.customer_id = c.id GROUP BY c.name ORDER BY c.name";

// step begins a step; an error ends it, and the next one goes on.
exports.step = async (name, work) => {
  console.log("== " + name);
  try {
    await work();
  } catch (e) {
    console.log("error:", e.code, e.message);
  }
};
